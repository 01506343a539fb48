// These packages come as ES modules only.
const esModules = ['@grafana', 'd3', 'd3-.*', 'internmap', 'ol', 'marked', 'rxjs', 'uuid', 'react-colorful', 'delaunator', 'robust-predicates', 'react-calendar', 'get-user-locale', 'memoize', 'mimic-function', 'pbf', 'quickselect', 'rbush', 'geotiff', 'color-.*', '@wojtekmaj', 'micro-memoize', '@react-awesome-query-builder', 'react-resizable-panels', 'is-plain-obj', 'nanoid', 'date-fns', 'i18next', 'react-data-grid'];

module.exports = {
  testEnvironment: 'jsdom',
  roots: ['<rootDir>/src', '<rootDir>/boards'],
  setupFilesAfterEnv: ['<rootDir>/jest.setup.js'],
  moduleNameMapper: { '\\.(css|scss|svg)$': '<rootDir>/jest.empty.js' },
  transform: {
    '^.+\\.(t|j)sx?$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript', tsx: true }, target: 'es2022', transform: { react: { runtime: 'classic' } } } },
    ],
  },
  transformIgnorePatterns: [`node_modules/(?!(${esModules.join('|')})/)`],
};
