SELECT landed_at FROM worker_progress FINAL WHERE worker = {worker:String}
