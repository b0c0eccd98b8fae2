/** A rule that the API server checks (CEL), with the message that tells whoever broke it what to write instead. */
import { z } from 'zod';

export interface Rule {
  readonly rule: string;
  readonly message: string;
}

/** OpenAPI words that zod has none for. */
interface Words {
  readonly 'x-kubernetes-validations'?: readonly Rule[];
  readonly 'x-kubernetes-list-type'?: 'map' | 'atomic' | 'set';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
  readonly maxProperties?: number;
}

export const worded = <T extends z.ZodType>(schema: T, words: Words): T => schema.meta({ ...words }) as T;

export const ruled = <T extends z.ZodType>(schema: T, ...rules: readonly Rule[]): T =>
  worded(schema, { 'x-kubernetes-validations': rules });

/** A list whose entries are told apart by one of their fields: unique, and merged entry by entry in server-side apply. */
export const mapList = <T extends z.ZodType>(entry: T, key: string, max: number, ...rules: readonly Rule[]) =>
  worded(z.array(entry).max(max), {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': [key],
    ...(rules.length > 0 ? { 'x-kubernetes-validations': rules } : {}),
  });

/** Text to text: labels, annotations. */
export const textMap = (maxProperties: number, maxLength: number, ...rules: readonly Rule[]) =>
  worded(z.record(z.string(), z.string().max(maxLength)), {
    maxProperties,
    ...(rules.length > 0 ? { 'x-kubernetes-validations': rules } : {}),
  });
