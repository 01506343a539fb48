// Checks the pages in a folder: `node check.mjs FOLDER [PICTURES]`. Each must be valid
// HTML, load nothing, fit on a phone, and pass axe (WCAG 2.1 A and AA, and what axe calls
// best practice) on a desktop and a phone, in light and dark. With PICTURES, pictures and a
// printed copy of each are left there.
import { readFileSync, readdirSync, existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve, basename } from 'node:path';
import { HtmlValidate } from 'html-validate';
import puppeteer from 'puppeteer-core';

const [folder, pictures] = process.argv.slice(2);
const chromium = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  .find((path) => path && existsSync(path));
if (!folder || !chromium) {
  console.error(folder ? 'there is no Chromium: install it, or name it with CHROMIUM' : 'usage: node check.mjs FOLDER [PICTURES]');
  process.exit(2);
}
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const validator = new HtmlValidate({
  extends: ['html-validate:recommended'],
  // How templates lay out white space and ids is no matter of validity.
  rules: { 'no-trailing-whitespace': 'off', 'long-title': 'off', 'valid-id': ['error', { relaxed: true }] },
});
const screens = [
  ['desktop', { width: 1280, height: 900 }],
  ['phone', { width: 390, height: 844, isMobile: true, deviceScaleFactor: 2 }],
];
let faults = 0;
const fault = (page, text) => {
  faults++;
  console.error(`${page}: ${text}`);
};

const browser = await puppeteer.launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-gpu'] });
const files = readdirSync(folder).filter((name) => name.endsWith('.html')).sort();
for (const file of files) {
  const report = await validator.validateFile(join(folder, file));
  for (const result of report.results) {
    for (const m of result.messages) fault(file, `line ${m.line}: ${m.message} (${m.ruleId})`);
  }
  for (const [screen, viewport] of screens) {
    for (const scheme of ['light', 'dark']) {
      await look(file, screen, viewport, scheme);
    }
  }
}
await browser.close();
console.log(`${files.length} pages, ${files.length * screens.length * 2} looks, ${faults} faults`);
process.exit(faults > 0 || files.length === 0 ? 1 : 0);

async function look(file, screen, viewport, scheme) {
  const name = `${file} (${screen}, ${scheme})`;
  const page = await browser.newPage();
  await page.setViewport(viewport);
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  page.on('request', (r) => r.url().startsWith('file:') || fault(name, `loads ${r.url()}`));
  page.on('pageerror', (e) => fault(name, `${e}`));
  await page.goto(`file://${resolve(folder, file)}`);
  await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
  }));
  for (const v of violations) {
    fault(name, `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | ')} (${v.nodes.length})`);
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (wide > 0) fault(name, `is ${wide} pixels wider than the screen`);
  if (pictures) await picture(page, file, screen, scheme);
  await page.close();
}

async function picture(page, file, screen, scheme) {
  mkdirSync(pictures, { recursive: true });
  const path = join(pictures, `${basename(file, '.html')}-${screen}-${scheme}`);
  await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = false; }));
  await page.screenshot({ path: `${path}.png`, fullPage: true });
  if (screen === 'desktop' && scheme === 'light') await page.pdf({ path: `${path}.pdf`, preferCSSPageSize: true, printBackground: true });
}
