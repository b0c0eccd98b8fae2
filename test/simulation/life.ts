/** The lives of clusters: what happens to a world, as chance has it. */
import { explain } from '../../scheduler/src/core/index.ts';
import { leftInClient, leftInScheduler, leftInWorker } from './leftovers.ts';
import type { PlayedClient } from './played-client.ts';
import { WORKER_NAMES } from './submission.ts';
import { World } from './world.ts';

/** A world that still moves after so many moves is not coming to rest. */
const MOST_MOVES = 100_000;

/** Anything that may happen, over and over; then calm comes, all that is held is asked for, and at last let go. */
export function liveThrough(seed: number): void {
  const world = new World(seed);
  live(world);
  calmDown(world);
  settle(world);
  askForAll(world);
  settle(world);
  nobodyWaits(world);
  for (const { played } of world.clients.values()) {
    played.releaseAll();
    played.flush();
  }
  settle(world);
  nothingIsLeft(world);
}

/** Workers come and leave in good order, and nobody dies or changes their mind. */
export function liveInGoodOrder(seed: number): World {
  const world = new World(seed);
  world.isCalm = true;
  const { random } = world;
  world.addClient();
  const [client] = world.clients.values();
  for (let i = 1 + random.int(3); i > 0; i--) world.addWorker();
  for (let batches = 1 + random.int(8); batches > 0; batches--) {
    client!.played.submit();
    client!.played.flush();
    for (let moves = random.int(60); moves > 0; moves--) world.move();
    if (random.chance(0.3)) world.addWorker();
    if (random.chance(0.4)) world.retireWorker();
  }
  calmDown(world);
  settle(world);
  return world;
}

function live(world: World): void {
  const { random } = world;
  for (let i = 1 + random.int(2); i > 0; i--) world.addClient();
  for (let i = 1 + random.int(3); i > 0; i--) world.addWorker();
  let kills = random.int(4);
  for (let turns = 2 + random.int(14); turns > 0; turns--) {
    for (let moves = random.int(60); moves > 0; moves--) world.move();
    visitClients(world);
    if (random.chance(0.2)) world.addWorker();
    if (random.chance(0.3)) world.tick();
    if (random.chance(0.12)) world.retireWorker();
    if (random.chance(0.15)) loseThread(world);
    changeWorkerCredit(world);
    if (kills > 0 && random.chance(0.25)) {
      kills--;
      world.killWorker();
    }
  }
}

function visitClients(world: World): void {
  const { random } = world;
  for (const client of [...world.clients.values()]) {
    const { played } = client;
    if (random.chance(0.6)) played.submit();
    if (random.chance(0.4)) played.watchSome();
    if (random.chance(0.1)) played.unwatchSome();
    if (random.chance(0.1)) played.cancelSome();
    if (random.chance(0.25)) played.releaseSome();
    played.flush();
    if (random.chance(0.2)) world.changeCredit(played.number, random.chance(0.5));
    if (random.chance(0.1)) world.cutOff(client);
    else if (random.chance(0.5)) world.comeBack(client);
    if (world.clients.size > 1 && random.chance(0.03)) world.leave(client);
  }
}

function loseThread({ random, workers }: World): void {
  if (workers.size > 0) random.pick([...workers.values()]).played.loseThread();
}

function changeWorkerCredit(world: World): void {
  const { random, workers } = world;
  for (const worker of workers.keys())
    if (random.chance(0.1)) world.changeWorkerCredit(worker, random.chance(0.5));
}

/** Whoever is needed is there, and what would never end by itself is cancelled. */
function calmDown(world: World): void {
  world.isCalm = true;
  for (const worker of world.workers.keys()) world.changeWorkerCredit(worker, true);
  for (const client of world.clients.values()) {
    const { played } = client;
    world.comeBack(client);
    world.changeCredit(played.number, true);
    for (const { number } of played.tasks.held) if (played.tasks.isStuck(number)) played.cancel(number, 1);
    played.flush();
  }
}

/** Comes when all others may be leaving. */
const SPARE = 'eve';

function addMissingWorkers(world: World): boolean {
  const before = world.workers.size;
  for (const name of [...WORKER_NAMES, SPARE]) world.addWorker(name);
  return world.workers.size > before;
}

function settle(world: World): void {
  do {
    do rest(world);
    while (addMissingWorkers(world));
    world.tick();
    rest(world);
    world.tick();
    rest(world);
  } while (addMissingWorkers(world));
}

function rest(world: World): void {
  for (let moves = 0; world.move(); moves++)
    if (moves > MOST_MOVES) throw new Error('the world does not come to rest');
}

function askForAll({ clients }: World): void {
  for (const { played } of clients.values()) {
    for (const { number } of played.tasks.held) played.watch(number, 1);
    played.flush();
  }
}

function nobodyWaits({ clients, scheduler }: World): void {
  for (const { played } of clients.values()) {
    const [watch] = played.waiting;
    if (!watch) continue;
    const known = scheduler.clients.get(played.number)!;
    const why = Array.from({ length: watch.count }, (_, i) => explain(scheduler, known, watch.first + i));
    throw new Error(`client ${played.number} waits for ${watch.first} + ${watch.count}: ${why.join('\n')}`);
  }
}

function nothingIsLeft(world: World): void {
  const { scheduler, workers, clients } = world;
  mustBeEmpty('the scheduler', leftInScheduler(scheduler));
  for (const { played } of workers.values())
    mustBeEmpty(`worker ${played.number}`, leftInWorker(played.state));
  for (const { played } of clients.values())
    mustBeEmpty(`client ${played.number}`, leftInClient(played.state));
  for (const { played } of clients.values()) mustKeepCode(scheduler, played);
  for (const client of [...clients.values()]) world.leave(client);
  rest(world);
  mustBeEmpty('the scheduler', { clients: scheduler.clients.size, code: scheduler.codes.size });
  world.tick();
  rest(world);
  for (const { played } of workers.values())
    mustBeEmpty(`worker ${played.number}`, { code: played.code.size });
}

/** The scheduler keeps for a client what that counts on, and nothing else. */
function mustKeepCode({ clients }: World['scheduler'], { number, code }: PlayedClient): void {
  const kept = [...clients.get(number)!.codes.keys()].sort();
  const countedOn = [...code].sort();
  if (kept.join() === countedOn.join()) return;
  throw new Error(`client ${number} counts on the code ${countedOn}, the scheduler keeps ${kept}`);
}

function mustBeEmpty(where: string, left: Readonly<Record<string, number>>): void {
  const found = Object.entries(left).filter(([, amount]) => amount > 0);
  if (found.length > 0) throw new Error(`in ${where} is left: ${JSON.stringify(Object.fromEntries(found))}`);
}
