/** What the shell asks of the functions in the middle. */
import { desired } from './desired/index.ts';
import { plan, tell } from './plan/index.ts';
import type { Judgement } from './reconciler/reconcile.ts';
import { announce, status } from './status/index.ts';

export const judgement: Judgement = { desired, plan, tell, status, announce };
