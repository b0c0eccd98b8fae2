/** The files that are written from the schema, by path from the root of the repository. */
import { stringify } from 'yaml';
import { definition } from './definition.ts';
import { GROUP, PLURAL } from './names.ts';
import { referencePage } from './page.ts';

const HEAD = '# Written by `npm run generate` from operator/src/crd; edit there.\n';

export function generated(): Readonly<Record<string, string>> {
  const crd =
    HEAD + stringify(definition(), { lineWidth: 0, aliasDuplicateObjects: false, indentSeq: false });
  return {
    [`crds/${PLURAL}.${GROUP}.yaml`]: crd,
    [`charts/taskloom/files/${PLURAL}.${GROUP}.yaml`]: crd,
    'docs/reference/taskcluster.md': referencePage(),
  };
}
