import tseslint from 'typescript-eslint'

/** Type-aware rules: promises that nobody awaits and values that are `any` are where a verifier goes wrong silently. */
export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'coverage/**', 'test-results/**', '.cache/**'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Export by name: a thing has one name everywhere.' },
        { selector: 'TSEnumDeclaration', message: 'Use a union of literals: an enum is code that types cannot erase.' },
        { selector: "TSModuleDeclaration[kind='namespace']", message: 'A module is the namespace.' },
        {
          selector:
            ':matches(ImportDeclaration, ExportNamedDeclaration, ExportAllDeclaration)[source.value=/^\\.\\.?\\u002F(?!.*\\.(ts|tsx|js|json|css|svg|wasm)(\\?[a-z]+)?$)/]',
          message: 'Name the file with its extension: Node and the browser resolve no others.',
        },
      ],
      'no-console': 'error',
      eqeqeq: ['error', 'always'],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['**/*.config.ts', '*.config.js'],
    rules: { 'no-restricted-syntax': 'off' },
  },
)
