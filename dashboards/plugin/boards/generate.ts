// Writes the dashboards and alert rules as Grafana reads them; with --check says which
// are not up to date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';

import { alerting } from './alerts';
import { build } from './board';
import { BOARDS } from './boards';

const HEAD = '# Made by `npm run boards` in dashboards/plugin from boards/alerts.ts.\n';

const files = new Map<string, string>(BOARDS.map((b) => [`src/dashboards/${b.uid}.json`, JSON.stringify(build(b), null, 2) + '\n']));
files.set('../provisioning/alerting/firebreak.yaml', HEAD + stringify(alerting(), { lineWidth: 0 }));

const check = process.argv.includes('--check');
let stale = 0;
for (const [name, text] of files) {
  const file = path.join(__dirname, '..', name);
  if (!check) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  } else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.error(`${name} is not what boards/ makes: run npm run boards`);
    stale++;
  }
}
process.exit(stale ? 1 : 0);
