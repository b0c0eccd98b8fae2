/** What always holds between steps. Each rule is named as a sentence and throws when it is broken. */
import assert from './assert.ts';
import { FETCHES } from './fetching.ts';
import type { Block, Order, Piece, State } from './state.ts';

export function check(state: State): void {
  aPieceIsQueuedAtItsPlaces(state);
  aQueuedPlaceHasItsPiece(state);
  anOrderIsOnItsThread(state);
  aThreadCountsItsTasks(state);
  aWaitingPieceCountsWhatIsUnderWay(state);
  storedBytesAreThoseOfTheBlocks(state);
  aBlockCountsThePiecesThatCountOnIt(state);
  fetchesAreBounded(state);
  nothingIsReadyWhileAThreadHasNothing(state);
}

function aPieceIsQueuedAtItsPlaces({ pieces, results }: State): void {
  for (const piece of pieces) {
    assert(piece.phase !== 'gone', 'a piece that is gone is still counted');
    assert(piece.first < piece.end, 'a piece is empty');
    const there = results.get(piece.batch.order.batch)?.places.over(piece.first, piece.end) ?? [];
    for (const { value } of there)
      assert(value?.is === 'queued' && value.piece === piece, 'a piece is not at its places');
  }
}

function aQueuedPlaceHasItsPiece({ pieces, results }: State): void {
  for (const [batch, { places }] of results) {
    for (const { first, end, value } of places.segments) {
      if (value.is !== 'queued') continue;
      assert(pieces.has(value.piece), `batch ${batch} ${first}-${end} is queued in a piece that is gone`);
      assert(value.piece.first <= first && end <= value.piece.end, 'a place is queued outside of its piece');
    }
  }
}

function anOrderIsOnItsThread({ threads, results }: State): void {
  const places = new Map<Order, number>();
  for (const { places: all } of results.values()) {
    for (const { first, end, value } of all.segments) {
      if (value.is === 'on-thread') places.set(value.order, (places.get(value.order) ?? 0) + end - first);
    }
  }
  for (const thread of threads.values()) {
    for (const order of thread.orders.values()) {
      assert(order.thread === thread, 'an order is on another thread');
      assert(
        places.get(order) === order.remaining,
        `order ${order.id} lacks ${order.remaining}, has ${places.get(order)} places`,
      );
      places.delete(order);
    }
  }
  assert(places.size === 0, 'a place is on a thread that does not have the order');
}

function aThreadCountsItsTasks({ threads }: State): void {
  for (const { tasks, micros, orders, timed } of threads.values()) {
    let counted = 0;
    let reckoned = 0;
    for (const order of orders.values()) {
      counted += order.remaining;
      reckoned += order.remaining * order.microsEach;
    }
    const withTimeout = [...orders.values()].filter(({ piece }) => piece.batch.order.timeoutMs !== undefined);
    assert(withTimeout.length === timed, 'a thread miscounts its orders with a timeout');
    assert(counted === tasks, `a thread has ${counted} tasks and says ${tasks}`);
    assert(Math.abs(reckoned - micros) < 1, `a thread has ${reckoned} us of work and says ${micros}`);
  }
}

function aWaitingPieceCountsWhatIsUnderWay({ pieces, results }: State): void {
  for (const piece of pieces) {
    let underWay = 0;
    for (const { batch, index, count } of piece.inputs) {
      for (const { first, end, value } of results.get(batch)?.places.over(index, index + count) ?? []) {
        assert(value !== undefined, `a piece counts on ${batch} ${first}-${end}, which is nowhere`);
        if (value.is !== 'stored') underWay += end - first;
      }
    }
    if (piece.phase === 'waiting')
      assert(piece.unmet === underWay, `a piece waits for ${piece.unmet} of ${underWay}`);
    else assert(piece.unmet === 0, 'a ready piece waits');
  }
}

function storedBytesAreThoseOfTheBlocks({ results, storeBytes, copyBytes, copies }: State): void {
  const held = new Map<Block, number>();
  for (const { places } of results.values()) {
    for (const { first, end, value } of places.segments) {
      if (value.is === 'stored') held.set(value.block, (held.get(value.block) ?? 0) + end - first);
    }
  }
  let bytes = 0;
  let copied = 0;
  for (const [block, indices] of held) {
    assert(block.held === indices, `a block says it holds ${block.held} and holds ${indices}`);
    bytes += block.content.length;
    if (block.copy) copied += block.content.length;
    assert(block.copy === copies.has(block), 'a copy is not among the copies');
  }
  assert(bytes === storeBytes, `the store holds ${bytes} bytes and says ${storeBytes}`);
  assert(copied === copyBytes, `the store holds ${copied} bytes of copies and says ${copyBytes}`);
}

function aBlockCountsThePiecesThatCountOnIt({ pieces, results }: State): void {
  const pins = new Map<Block, number>();
  for (const piece of pieces) for (const block of piece.pinned) pins.set(block, (pins.get(block) ?? 0) + 1);
  for (const [block, count] of pins) assert(block.pins === count, 'a block miscounts those that count on it');
  for (const { places } of results.values()) {
    for (const { value } of places.segments)
      if (value.is === 'stored')
        assert(value.block.pins === (pins.get(value.block) ?? 0), 'a block is counted on by nobody known');
  }
}

function fetchesAreBounded({ fetches }: State): void {
  assert(fetches.flying.size <= FETCHES, `${fetches.flying.size} fetches at once`);
}

function nothingIsReadyWhileAThreadHasNothing({ threads, pieces }: State): void {
  const ready = [...pieces].some(({ phase }: Piece) => phase === 'ready');
  for (const { phase, tasks, number } of threads.values()) {
    assert(
      !(ready && phase === 'taking' && tasks === 0),
      `thread ${number} has nothing while a piece is ready`,
    );
  }
}
