// Builds the plugin's front end as Grafana loads it: one AMD module, with what Grafana
// provides left out.
const path = require('node:path');
const CopyWebpackPlugin = require('copy-webpack-plugin');
const { version } = require('./package.json');

const provided = ['react', 'react-dom', 'rxjs', /^@grafana\/(data|runtime|schema|ui)/, /^rxjs\//];

/** Replaces what only a build knows in plugin.json. */
const stamp = (content) =>
  content
    .toString()
    .replaceAll('%VERSION%', version)
    .replaceAll('%TODAY%', process.env.BUILD_DATE || new Date().toISOString().slice(0, 10));

module.exports = {
  context: path.join(__dirname, 'src'),
  entry: { module: './module.ts' },
  output: {
    path: path.join(__dirname, 'dist'),
    clean: { keep: /^gpx_/ },
    filename: '[name].js',
    library: { type: 'amd' },
    uniqueName: 'vividium-firebreak-datasource',
    publicPath: 'public/plugins/vividium-firebreak-datasource/',
  },
  externals: [
    'amd-module',
    ({ request }, done) =>
      provided.some((p) => (typeof p === 'string' ? p === request : p.test(request))) ? done(null, request) : done(),
  ],
  resolve: { extensions: ['.ts', '.tsx', '.js'] },
  module: {
    rules: [
      {
        test: /\.tsx?$/,
        use: {
          loader: 'swc-loader',
          options: {
            jsc: {
              target: 'es2021',
              parser: { syntax: 'typescript', tsx: true },
              transform: { react: { runtime: 'classic' } } // Grafana may come with another React than we build against,
            },
          },
        },
      },
    ],
  },
  plugins: [
    new CopyWebpackPlugin({
      patterns: [
        { from: 'plugin.json', transform: stamp },
        { from: 'img', to: 'img' },
        { from: 'README.md' },
        { from: '../../../LICENSE' },
        { from: 'dashboards', to: 'dashboards', noErrorOnMissing: true },
      ],
    }),
  ],
  performance: { maxAssetSize: 250_000, maxEntrypointSize: 250_000, hints: 'error' },
  devtool: 'source-map',
};
