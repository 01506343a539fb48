// Builds harness/ as a page of its own, with everything that Grafana would provide.
const path = require('node:path');
const base = require('./webpack.config.js');

module.exports = {
  ...base,
  context: __dirname,
  entry: { harness: './harness/index.tsx' },
  output: { path: path.join(__dirname, 'target'), filename: '[name].js' },
  externals: [],
  plugins: [],
  performance: { hints: false },
  // The CommonJS builds of Grafana's packages work with each other; their ES modules need Grafana's own bundler.
  resolve: { ...base.resolve, mainFields: ['browser', 'main'], conditionNames: ['browser', 'require', 'default'], alias: { 'monaco-editor$': 'monaco-editor/esm/vs/editor/editor.main.js' }, fallback: { stream: false } },
  module: { rules: [...base.module.rules, { test: /\.m?js$/, resolve: { fullySpecified: false } }, { test: /\.css$/, type: 'css/auto' }] },
  experiments: { css: true },
};
