import { expect, it } from 'vitest';
import { parseScrape, sumOf } from './scrape.ts';

const samples = parseScrape(`# HELP requests_total Requests
# TYPE requests_total counter
requests_total{method="GET",code="200"} 7
requests_total{method="PUT",code="200"} 2
requests_total{method="PUT",code="409",note="a \\"quoted\\" one, with {braces}"} 1
process_resident_memory_bytes 1.05e+8

requests_total_created{method="GET"} 12
`);

it('reads what a program counts', () => {
  expect(sumOf(samples, 'process_resident_memory_bytes')).toBe(105_000_000);
  expect(sumOf(samples, 'requests_total')).toBe(10);
  expect(sumOf(samples, 'requests_total', ({ method }) => method === 'PUT')).toBe(3);
  expect(samples.find(({ labels }) => labels.note)?.labels).toEqual({
    method: 'PUT',
    code: '409',
    note: 'a \\"quoted\\" one, with {braces}',
  });
});

it('takes what was never counted for nothing', () => expect(sumOf(samples, 'writes_total')).toBe(0));
