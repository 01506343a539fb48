// Writes the dashboards as Grafana reads them; with --check says which are not up to date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { build } from './board';
import { BOARDS } from './boards';

const folder = path.join(__dirname, '../src/dashboards');
const check = process.argv.includes('--check');
let stale = 0;

mkdirSync(folder, { recursive: true });
for (const board of BOARDS) {
  const file = path.join(folder, `${board.uid}.json`);
  const text = JSON.stringify(build(board), null, 2) + '\n';
  if (check && (!existsSync(file) || readFileSync(file, 'utf8') !== text)) {
    console.error(`${file} is not what boards/ makes: run npm run boards`);
    stale++;
  } else if (!check) {
    writeFileSync(file, text);
  }
}
process.exit(stale ? 1 : 0);
