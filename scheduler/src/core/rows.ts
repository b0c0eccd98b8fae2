/** Columns of the messages that the scheduler sends, collected during a step. */
import { Column } from './column.ts';

// Each class is the columns of one message: written out, since this is where a step spends its time.

export class Ranges {
  readonly first = new Column();
  readonly count = new Column();

  take() {
    return { first: this.first.take(), count: this.count.take() };
  }
}

export class BatchRanges {
  readonly batch = new Column();
  readonly first = new Column();
  readonly count = new Column();

  take() {
    return { batch: this.batch.take(), first: this.first.take(), count: this.count.take() };
  }
}

export class RunRanges extends BatchRanges {
  readonly run = new Column();

  override take() {
    return {
      batch: this.batch.take(),
      first: this.first.take(),
      count: this.count.take(),
      run: this.run.take(),
    };
  }
}

export class Runs extends BatchRanges {
  readonly run = new Column();
  readonly attempt = new Column();

  override take() {
    const { batch, first, count, run, attempt } = this;
    return {
      batch: batch.take(),
      first: first.take(),
      count: count.take(),
      run: run.take(),
      attempt: attempt.take(),
    };
  }
}

export class Inputs {
  readonly task = new Column();
  readonly inputCount = new Column();
  readonly from = new Column();
  readonly index = new Column();
  readonly holder = new Column();

  take() {
    const { task, inputCount, from, index, holder } = this;
    return {
      task: task.take(),
      inputCount: inputCount.take(),
      from: from.take(),
      index: index.take(),
      holder: holder.take(),
    };
  }
}

export class Blocks {
  readonly blockBatch = new Column();
  readonly blockFirst = new Column();
  readonly blockRows = new Column();

  take() {
    const { blockBatch, blockFirst, blockRows } = this;
    return { blockBatch: blockBatch.take(), blockFirst: blockFirst.take(), blockRows: blockRows.take() };
  }
}

export class Batches {
  readonly batch = new Column();

  take() {
    return { batch: this.batch.take() };
  }
}

export class Places extends Ranges {
  readonly worker = new Column();
  readonly batch = new Column();
  readonly index = new Column();
  readonly bytes = new Column();

  override take() {
    const { first, count, worker, batch, index, bytes } = this;
    return {
      first: first.take(),
      count: count.take(),
      worker: worker.take(),
      batch: batch.take(),
      index: index.take(),
      bytes: bytes.take(),
    };
  }
}

export class Puts {
  readonly task = new Column();
  readonly worker = new Column();
  readonly batch = new Column();
  readonly index = new Column();

  take() {
    const { task, worker, batch, index } = this;
    return { task: task.take(), worker: worker.take(), batch: batch.take(), index: index.take() };
  }
}
