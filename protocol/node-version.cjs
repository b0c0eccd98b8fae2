// The first line of every entry point: run by a Node that is too old, say so in one line instead of failing somewhere inside.
// Plain JavaScript that an old Node can read. `node node-version.cjs 20` asks for another version.
const asked = require.main === module && process.argv[2];
const needed = asked || require('./package.json').engines.node.replace(/[^0-9.]/g, '');

function older(version, than) {
  const a = version.split('.').map(Number);
  const b = than.split('.').map(Number);
  const differing = b.findIndex((part, i) => part !== a[i]);
  return differing >= 0 && a[differing] < b[differing];
}

if (older(process.versions.node, needed)) {
  const found = `${process.execPath} is ${process.versions.node}`;
  console.error(
    `Taskloom needs Node ${needed} or newer; ${found}. Install a newer one: https://nodejs.org/en/download`,
  );
  process.exit(1);
}
