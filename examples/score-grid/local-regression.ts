/**
 * Local linear regression with a Gaussian kernel (Cleveland and Devlin, "Locally Weighted Regression", JASA 83, 1988): each value
 * is predicted from a line fitted to the other rows, near ones weighing more.
 */
import type { Dataset } from './sources.ts';

/** Keeps a fit solvable where few rows are near. */
const RIDGE = 1e-6;

/** How well this bandwidth predicts each row from all others: R squared, 1 is perfect, 0 no better than the mean. */
export function score(data: Dataset, bandwidth: number): number {
  const { rows, y } = data;
  const mean = y.reduce((sum, value) => sum + value, 0) / rows;
  let residual = 0;
  let total = 0;
  for (let row = 0; row < rows; row++) {
    residual += (y[row]! - predict(data, row, bandwidth)) ** 2;
    total += (y[row]! - mean) ** 2;
  }
  return 1 - residual / total;
}

/** The line around `row` has its value at the row itself as its first coefficient. */
function predict({ rows, features, x, y }: Dataset, row: number, bandwidth: number): number {
  const size = features + 1;
  const normal = new Float64Array(size * size);
  const right = new Float64Array(size);
  const offset = new Float64Array(size).fill(1);
  const scale = -0.5 / bandwidth ** 2;
  for (let other = 0; other < rows; other++) {
    if (other === row) continue;
    let squared = 0;
    for (let f = 0; f < features; f++) {
      const distance = x[other * features + f]! - x[row * features + f]!;
      offset[f + 1] = distance;
      squared += distance * distance;
    }
    const weight = Math.exp(squared * scale);
    for (let i = 0; i < size; i++) {
      const weighted = weight * offset[i]!;
      right[i]! += weighted * y[other]!;
      for (let j = 0; j <= i; j++) normal[i * size + j]! += weighted * offset[j]!;
    }
  }
  for (let i = 0; i < size; i++) normal[i * size + i]! += RIDGE;
  return solveFirst(normal, right, size);
}

/** The first unknown of a symmetric positive system given by its lower triangle, by Cholesky's decomposition, in place. */
function solveFirst(a: Float64Array, b: Float64Array, size: number): number {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= a[i * size + k]! * a[j * size + k]!;
      a[i * size + j] = i === j ? Math.sqrt(Math.max(sum, RIDGE)) : sum / a[j * size + j]!;
    }
  }
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) b[i]! -= a[i * size + k]! * b[k]!;
    b[i]! /= a[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) b[i]! -= a[k * size + i]! * b[k]!;
    b[i]! /= a[i * size + i]!;
  }
  return b[0]!;
}
