SELECT count() FROM settings_imports
