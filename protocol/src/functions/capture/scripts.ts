import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import util from 'node:util';
import { type Node, type Program, parse } from 'acorn';
import { BoundedMap } from '../bounded-map.ts';
import { type ExportTable, exportTable } from '../syntax/exports.ts';
import { type Imported, importTable, moduleBodies } from '../syntax/imports.ts';
import { resolveNames } from '../syntax/names.ts';
import type { Scope } from '../syntax/scope.ts';
import { connected, type FunctionView, post } from './inspector.ts';

/** A script as the runtime has it: after whatever compiled it. */
export interface Script {
  readonly id: string;
  readonly url: string;
  readonly source: string;
  readonly startLine: number;
  readonly startColumn: number;
  /** Undefined when the text is too large or no JavaScript that acorn knows. */
  readonly tree: ScriptTree | undefined;
}
export interface ScriptTree {
  readonly root: Scope;
  /** Scopes of the module's own names, of which there is one in the process. */
  readonly moduleScopes: readonly Scope[];
  readonly imports: ReadonlyMap<string, Imported>;
  readonly exports: ExportTable;
}

interface ScriptParsed {
  scriptId: string;
  url: string;
  startLine: number;
  startColumn: number;
}

/** Larger scripts are bundles: parsing them costs more than knowing their imports gives. */
const MAX_SCRIPT_CHARS = 4_000_000;
/** Scripts whose trees are kept: each line of a REPL is one. */
const MAX_SCRIPTS = 1_000;
const scripts = new BoundedMap<string, Script>(MAX_SCRIPTS);
const announced = new Map<string, ScriptParsed>();
/** Scripts by their URL; of one that was loaded again, the last. */
const idByUrl = new Map<string, string>();
let listening = false;
/** How long the debugger stays enabled after its last use, in milliseconds. */
const LINGER_MS = 100;
let lingering: NodeJS.Timeout | undefined;
let usedAt = 0;

/** Frames looked through for the script of a function: who submits it is near. */
const FRAMES = 100;

/** Where a script comes from; empty for what was made from a string. */
export function scriptUrl(id: string): string {
  return announced.get(id)?.url ?? urlOnStack(id) ?? urlInCoverage(id);
}

/** Most functions are submitted by the script that they stand in, and who calls is known without the debugger. */
function urlOnStack(id: string): string | undefined {
  const name = util
    .getCallSites(FRAMES, { sourceMap: false })
    .find(({ scriptId }) => scriptId === id)?.scriptName;
  if (name?.startsWith('file:')) return name;
  return name && isAbsolute(name) ? pathToFileURL(name).href : undefined;
}

/** Where the scripts are of which functions were counted. */
const counted = new Map<string, string>();

/** Counting what ran goes through the functions, not through the text of every script as enabling the debugger does. */
function urlInCoverage(id: string): string {
  if (!counted.has(id)) {
    const { result } = post<{ result: { scriptId: string; url: string }[] }>(
      'Profiler.getBestEffortCoverage',
    );
    for (const { scriptId, url } of result) counted.set(scriptId, url);
  }
  return counted.get(id) ?? '';
}

export function scriptById(id: string): Script | undefined {
  const known = scripts.get(id);
  if (known) return known;
  const script = withDebugger(() => readScript(id));
  if (script) scripts.set(id, script, script.source.length);
  return script;
}

/** A script that had been loaded when a function was last looked at. */
export function scriptByUrl(url: string): Script | undefined {
  const id = idByUrl.get(url);
  return id === undefined ? undefined : scriptById(id);
}

/**
 * What enabling costs grows with what the process has loaded (tens of milliseconds), since it announces every script. While enabled,
 * the runtime keeps more, and looking at a closure costs twice as much. So it stays on as long as new scripts are met one after another.
 */
export function withDebugger<T>(read: () => T): T {
  if (!listening) {
    listening = true;
    connected().on('Debugger.scriptParsed', ({ params }) => {
      const { scriptId, url, startLine, startColumn } = params;
      announced.set(scriptId, { scriptId, url, startLine, startColumn });
      if (!url.startsWith('node:')) idByUrl.set(url, scriptId);
    });
  }
  if (lingering) lingering.refresh();
  else {
    post('Debugger.enable');
    // Nobody is here who could go on after a `debugger` statement.
    post('Debugger.setSkipAllPauses', { skip: true });
    lingering = setTimeout(disable, LINGER_MS).unref();
  }
  usedAt = performance.now();
  return read();
}

/** Where a loop that submits gives the timer no turn. */
export function restDebugger(): void {
  if (lingering && performance.now() - usedAt > LINGER_MS) disable();
}

function disable(): void {
  clearTimeout(lingering);
  lingering = undefined;
  post('Debugger.disable');
}

function readScript(id: string): Script | undefined {
  const parsed = announced.get(id);
  if (!parsed) return undefined;
  const { url, startLine, startColumn } = parsed;
  const { scriptSource } = post<{ scriptSource: string }>('Debugger.getScriptSource', { scriptId: id });
  return { id, url, source: scriptSource, startLine, startColumn, tree: treeOf(scriptSource) };
}

function treeOf(source: string): Script['tree'] {
  if (source.length > MAX_SCRIPT_CHARS) return undefined;
  const program = tryParse(source, 'module') ?? tryParse(source, 'script');
  if (!program) return undefined;
  const { root } = resolveNames(program);
  const bodies = moduleBodies(program);
  return {
    root,
    moduleScopes: bodies.map(({ scope }) => scopeOf(root, scope) ?? root),
    imports: importTable(bodies.flatMap(({ statements }) => statements)),
    exports: exportTable(program),
  };
}

function scopeOf(root: Scope, node: Node): Scope | undefined {
  for (let scope: Scope | undefined = root; scope; scope = childAt(scope, node.start)) {
    if (scope.start === node.start && scope.end === node.end && scope.parent) return scope;
  }
  return undefined;
}

function tryParse(source: string, sourceType: 'module' | 'script'): Program | undefined {
  try {
    return parse(source, {
      ecmaVersion: 'latest',
      sourceType,
      allowHashBang: true,
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: true,
      allowSuperOutsideMethod: true,
    });
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The scope that a function's text stands in; undefined when the text is not found there. */
export function enclosingScope(script: Script, view: FunctionView, text: string): Scope | undefined {
  if (!script.tree) return undefined;
  const at = offsetAt(script, view.line, view.column);
  for (let scope: Scope | undefined = script.tree.root; scope; scope = childAt(scope, at)) {
    const start = scope.end - text.length;
    if (scope.parent && scope.start >= start && script.source.startsWith(text, start))
      return innermost(scope).parent;
  }
  return undefined;
}

/** The value of a field stands in a scope of its own, which is as long as the value. */
function innermost(scope: Scope): Scope {
  const same = scope.children.find((child) => child.start === scope.start && child.end === scope.end);
  return same ? innermost(same) : scope;
}

function childAt(scope: Scope, offset: number): Scope | undefined {
  return scope.children.find((child) => child.start <= offset && offset < child.end);
}

function offsetAt(script: Script, line: number, column: number): number {
  let offset = 0;
  for (let at = script.startLine; at < line; at += 1) {
    const end = script.source.indexOf('\n', offset);
    if (end < 0) return -1;
    offset = end + 1;
  }
  return offset + (line === script.startLine ? column - script.startColumn : column);
}
