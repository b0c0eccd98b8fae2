/** The thread of `Issuer`: orders in, certificates out. */
import { parentPort } from 'node:worker_threads';
import { issueAuthority, issueLeaf } from './certificates.ts';
import type { IssueAnswer, IssueOrder } from './issuer.ts';

const carryOut = (order: IssueOrder) =>
  order.issue === 'authority'
    ? issueAuthority(order.name, order.validity)
    : issueLeaf(order.authority, order.serverName, order.validity);

parentPort?.on('message', (order: IssueOrder) => {
  const answer = (said: IssueAnswer) => parentPort?.postMessage(said);
  carryOut(order).then(
    (pair) => answer({ id: order.id, pair }),
    (error) => answer({ id: order.id, error: String(error) }),
  );
});
