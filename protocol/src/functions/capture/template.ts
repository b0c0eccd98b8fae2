import { BoundedMap, CACHED_SOURCES } from '../bounded-map.ts';
import { DOOR } from '../graph.ts';
import { type Analysis, analyse, type FreeName, rewrite } from '../syntax/analyse.ts';
import { type ClassShape, needsDoor } from '../syntax/class-edits.ts';
import { type Blob, sourceBlob } from './blob.ts';
import { isStandardGlobal } from './globals.ts';
import type { FunctionView } from './inspector.ts';
import { type Parameter, type Setting, scopeHolding, Unsendable } from './parameter.ts';
import { enclosingScope, scriptById, scriptUrl } from './scripts.ts';
import { givenByLoader, SPECIAL_NAMES } from './special-names.ts';
import { variable } from './variable.ts';

/**
 * What all functions made by one piece of source have in common: the text to send and where its names come from.
 *
 * 1. Depends on the text and on where it stands, never on the values: closures made in a loop share one.
 * 2. `stable` says that the name cannot come to mean another value, not that the value cannot change.
 */
export interface Template {
  readonly source: Blob;
  readonly url: string;
  readonly line: number;
  readonly column: number;
  readonly scopeCount: number;
  readonly parameters: readonly Parameter[];
  readonly shape: ClassShape | undefined;
}

const templates = new BoundedMap<string, Template>(CACHED_SOURCES);

export function templateOf(text: string, view: FunctionView): Template {
  const key = `${view.scriptId}:${view.line}:${view.column}:${text.length}`;
  const known = view.scriptId ? templates.get(key) : undefined;
  if (known && known.scopeCount === view.scopes.length) return known;
  const template = makeTemplate(text, view);
  templates.set(key, template, text.length);
  return template;
}

function makeTemplate(text: string, view: FunctionView): Template {
  const analysis = analyse(text);
  if (!analysis) throw new Unsendable('its source text cannot be read as a function on its own');
  const setting = settingOf(text, view, analysis);
  const parameters: Parameter[] = [];
  const renamed = new Map<string, string>();
  for (const [name, free] of analysis.free) {
    const parameter = parameterFor(name, free, setting);
    if (!parameter) continue;
    if (parameter === 'undefined') {
      renamed.set(name, '(void 0)');
      continue;
    }
    parameters.push(parameter);
    const spelled = parameter.kind === 'cell' ? `${parameter.as}.v` : parameter.as;
    if (spelled !== name) renamed.set(name, spelled);
  }
  if (analysis.shape?.derived) parameters.push({ kind: 'super', as: '__super' });
  if (analysis.shape && needsDoor(analysis.shape))
    parameters.push({ kind: 'given', as: DOOR, node: ['door'] });
  return {
    source: sourceBlob(rewrite(analysis, renamed)),
    url: setting.script?.url ?? scriptUrl(view.scriptId),
    line: view.line,
    column: view.column,
    scopeCount: view.scopes.length,
    parameters,
    shape: analysis.shape,
  };
}

/** The script is only looked at when a name comes from it. */
function settingOf(text: string, view: FunctionView, analysis: Analysis): Setting {
  const local = [...analysis.free.keys()].some(
    (name) => !isStandardGlobal(name) || scopeHolding(view, name) < view.scopes.length - 1,
  );
  const script = local && view.scriptId ? scriptById(view.scriptId) : undefined;
  return { view, analysis, script, enclosing: script && enclosingScope(script, view, text) };
}

/** What no scope has may be meant for the place where it runs; but not the name of a member, which is read before anything runs. */
function unknown(name: string, { inKey }: FreeName): undefined {
  if (!inKey) return undefined;
  throw new Unsendable(
    `${name} names one of its members, and no function there mentions it, so that the runtime has not kept it: mention ${name} in a method, or write the name out`,
  );
}

function parameterFor(name: string, free: FreeName, setting: Setting): Parameter | 'undefined' | undefined {
  if (name === DOOR) return undefined;
  const special = SPECIAL_NAMES[name];
  if (special) return special(setting);
  if (name.startsWith('#'))
    throw new Unsendable(
      `it uses ${name}, which is private to its class: send the object whose method it is`,
    );
  const { scopes } = setting.view;
  const scope = scopeHolding(setting.view, name);
  if (scope < 0) return unknown(name, free);
  const global = scope === scopes.length - 1;
  if (global && isStandardGlobal(name)) return undefined;
  const given = givenByLoader(name, scope, setting);
  if (given) return given;
  return variable(name, free, scope, setting);
}
