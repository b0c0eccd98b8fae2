/** What all our bundles have in common. */

/**
 * An import of one of Node's modules reads all that it exports, by getters too, which load more: node:http all of undici. This reads what
 * is used, and nothing else, where reading is said to have no effects.
 */
const builtins = {
  name: 'builtins',
  // What `require` gives reads nothing by itself.
  resolveId: (id, _importer, { kind }) =>
    id.startsWith('node:') && kind === 'import-statement' ? `\0${id}` : undefined,
  load(id) {
    if (!id.startsWith('\0node:')) return undefined;
    const name = id.slice(1);
    const keys = Object.getOwnPropertyNames(process.getBuiltinModule(name)).filter(
      (key) => key !== 'default',
    );
    return [
      `const module = process.getBuiltinModule('${name}');`,
      'export default module;',
      ...keys.map((key, i) => `const v${i} = module.${key};`),
      `export { ${keys.map((key, i) => `v${i} as ${key}`).join(', ')} };`,
    ].join('\n');
  },
};

export const FROM_SOURCE = {
  platform: 'node',
  plugins: [builtins],
  treeshake: { propertyReadSideEffects: false },
  resolve: { conditionNames: ['taskloom-source', 'node', 'import', 'default'] },
};
