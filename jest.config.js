const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1', '^netplay$': '<rootDir>/src/index.ts' },
}

/** Three projects: `unit` needs nothing but Node and a POSIX shell, `lab` boots real hosts as root and asks a real ansible-core, `long` sweeps. */
export default {
  // Real shells and hosts on a busy machine: a deadline is there for what hangs, not for what is slow. Of all projects: in one alone it says nothing.
  testTimeout: 60_000,
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/test/**/*.test.ts'], testPathIgnorePatterns: ['/test/e2e/', '/test/long/'] },
    { ...shared, displayName: 'lab', testMatch: ['<rootDir>/test/e2e/**/*.test.ts'] },
    { ...shared, displayName: 'long', testMatch: ['<rootDir>/test/long/**/*.test.ts'] },
  ],
}
