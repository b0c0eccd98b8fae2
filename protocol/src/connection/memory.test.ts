import { connectionContract } from './connection.contract.ts';
import { memoryPair } from './memory.ts';

connectionContract('memory', async () => {
  const [near, far] = memoryPair();
  const end = async () => near.close();
  return { near, far, end };
});
