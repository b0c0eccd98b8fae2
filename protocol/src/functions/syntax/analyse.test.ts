// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source texts are what is tested.
import { describe, expect, it } from 'vitest';
import { analyse, rewrite } from './analyse.ts';

function freeIn(text: string): string[] {
  return [...(analyse(text)?.free.keys() ?? ['no function'])].sort();
}

describe('the names that a function does not declare', () => {
  it.each([
    [
      'parameters, defaults, patterns',
      '(a, { b, c: [d = e], ...f }, g = a + h, ...i) => [b, d, f, i]',
      ['e', 'h'],
    ],
    [
      'defaults that do not see what the body declares',
      '(a = b, c = () => d + e) => { const b = 1; var d = 2; function e() {} return [a, b, c, d, e]; }',
      ['b', 'd', 'e'],
    ],
    ['hoisting', 'function f() { use(x, y); var x = 1; function y() {} }', ['use']],
    ['blocks', '() => { { let a = 1; const b = 2; class C {} } return [a, b, C, d]; }', ['C', 'a', 'b', 'd']],
    ['var leaves blocks', '() => { if (p) { var a = 1; } return a; }', ['p']],
    [
      'loops',
      '() => { for (let i = n; i < m; i++) q(i); for (const [k] of o) r(k); return i; }',
      'imnoqr'.split(''),
    ],
    [
      'catch',
      '() => { try { t(); } catch ({ message }) { u(message); } return message; }',
      ['message', 't', 'u'],
    ],
    ['labels', '() => { out: for (;;) { break out; } }', []],
    ['properties are no names', '(o) => [o.a.b, o?.c, { d: 1, e() {}, [f]: g }]', ['f', 'g']],
    ['shorthand is a name', '() => ({ a, b: c })', ['a', 'c']],
    [
      'assignments',
      '() => { a = 1; b.c = 2; [d, e.f] = g; ({ h, i: j = k } = l); m++; }',
      'abdeghjklm'.split(''),
    ],
    ['its own name', 'function f() { return f; }', []],
    [
      'classes',
      'class A extends B { [c] = d; static e = f; g() { return A.h + super.i(i); } }',
      ['c', 'd', 'i'],
    ],
    ['templates', '() => tag`a${b}${`${c}`}`', ['b', 'c', 'tag']],
    ['methods', 'async *walk(a) { yield* a + b }', ['b']],
    ['accessors', 'get x() { return y }', ['y']],
    ['computed methods', '[Symbol.iterator]() { return y }', ['y']],
    [
      'nested functions',
      '(a) => { const g = (b) => a + b + c; return function h(d) { return h(g(d)); }; }',
      ['c'],
    ],
    [
      'words of the language',
      '() => [this, import.meta, arguments, import("x")]',
      ['arguments', 'import()', 'import.meta', 'this'],
    ],
    ['but not inside functions that bind them', 'function f() { return [this, new.target, arguments]; }', []],
    ['private names', '() => this.#a + (class { #b; c() { return this.#b; } }).name', ['#a', 'this']],
    ['old words as names', 'function f(let_, package_) { return yield_; }', ['yield_']],
    ['sloppy code', 'function f(package) { with (package) { return interface; } }', ['interface']],
    ['a native function', 'function push() { [native code] }', ['no function']],
  ])('%s', (_title, text, names) => {
    expect(freeIn(text)).toEqual(names);
  });

  it('are known by what is read from them, when nothing else is done with them', () => {
    const { free } = analyse('() => [ns.a, ns.b.c(), ns?.d, whole, whole.e, dynamic[f]]')!;
    expect([...free.get('ns')!.members!].sort()).toEqual(['a', 'b', 'd']);
    expect(free.get('whole')!.members).toBeUndefined();
    expect(free.get('dynamic')!.members).toBeUndefined();
  });
});

describe('a name is replaced', () => {
  it.each([
    ['() => x + x', '(() => c.v + c.v\n)'],
    ['() => ({ x, y: x })', '(() => ({ x: c.v, y: c.v })\n)'],
    ['() => x(1) + x.y(2)', '(() => (0, c.v)(1) + c.v.y(2)\n)'],
    [
      '() => { x++; [x] = [1]; ({ x } = o); ({ x = 1 } = o); }',
      '(() => { c.v++; [c.v] = [1]; ({ x: c.v } = o); ({ x: c.v = 1 } = o); }\n)',
    ],
    [
      '() => {\n  const a = b\n  x(a)\n  if (a)\n    x()\n  x`d`\n}',
      '(() => {\n  const a = b\n  ;(0, c.v)(a)\n  if (a)\n    (0, c.v)()\n  ;(0, c.v)`d`\n}\n)',
    ],
    ['(x) => x', '((x) => x\n)'],
    ['() => `${x}` // x', '(() => `${c.v}` // x\n)'],
  ])('in %s', (text, result) => {
    expect(rewrite(analyse(text)!, new Map([['x', 'c.v']]))).toBe(result);
  });
});

describe('a class is prepared to travel', () => {
  it.each([
    ['its base is handed to it', 'class A extends f(g) {}', '(class A extends __super {}\n)'],
    [
      'what stands around its static code stays apart',
      'class A {\n  a = b\n  static {}\n  *c() {}\n}',
      '(class A {\n  a = b\n  ;\n  *c() {}\n}\n)',
    ],
    ['its base may follow at once', 'class extends(f(g)).A {}', '(class extends __super {}\n)'],
    [
      'its static state is left out, line by line',
      'class A {\n  static a = {\n    b };\n  static { c();\n  }\n  d = 1;\n}',
      '(class A {\n  static a = void 0\n;\n  ;\n\n  d = 1;\n}\n)',
    ],
    [
      'private fields get a door',
      'class A { #a = f(); b = 2; constructor(c) { g(c); } }',
      '(class A { #a = __hollow.on?void 0:(f()); b = __hollow.on?void 0:(2); constructor(c) {if(__hollow.on)return; g(c); } ;static [__hollow.key](o,v){if(o===this){}else{o.#a=v[0]}}}\n)',
    ],
    [
      'parameters that run code wait behind it',
      'class A extends B { #a; constructor({ b }, c = d()) { super(b); } }',
      '(class A extends __super { #a; constructor(...__packed){if(__hollow.on){super();return}var [{ b }, c = d()]=__packed; super(b); } ;static [__hollow.key](o,v){if(o===this){}else{o.#a=v[0]}}}\n)',
    ],
    [
      'arrow functions are left to construction',
      'class A { a = () => this.b; }',
      '(class A { a = () => this.b; ;static [__hollow.key](o,v){if(o===this){}else{}}}\n)',
    ],
  ])('%s', (_title, text, result) => {
    const once = rewrite(analyse(text)!, new Map());
    expect(once).toBe(result);
    const again = rewrite(analyse(once.slice(1, -2))!, new Map());
    expect(again).toBe(once);
  });
});
