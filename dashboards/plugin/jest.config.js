module.exports = {
  testEnvironment: 'jsdom',
  roots: ['<rootDir>/src', '<rootDir>/boards'],
  setupFilesAfterEnv: ['<rootDir>/jest.setup.js'],
  moduleNameMapper: { '\\.(css|scss|svg)$': '<rootDir>/jest.empty.js' },
  transform: {
    '\\.(mjs|[tj]sx?)$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript', tsx: true }, target: 'es2022', transform: { react: { runtime: 'classic' } } } },
    ],
  },
  // Many of Grafana's packages come as ES modules only.
  transformIgnorePatterns: [],
};
