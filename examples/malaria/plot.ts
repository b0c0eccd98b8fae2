/** The sweep as an SVG: dots are means, bars reach from the least to the most replicate, the line is what the equations say. */
export interface Point {
  readonly m: number;
  readonly mean: number;
  readonly least: number;
  readonly most: number;
}

const WIDTH = 640;
const HEIGHT = 400;
const LEFT = 56;
const BOTTOM = 48;
const TOP = 16;
const RIGHT = 16;

export function plot(points: readonly Point[], expected: (m: number) => number): string {
  const widest = Math.max(...points.map((point) => point.m));
  const x = (m: number) => LEFT + (m / widest) * (WIDTH - LEFT - RIGHT);
  const y = (share: number) => HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP);
  const at = (m: number, share: number) => `${x(m).toFixed(1)},${y(share).toFixed(1)}`;
  const curve = Array.from({ length: 201 }, (_, i) => (i / 200) * widest).map((m) => at(m, expected(m)));
  const marks = points.map(
    ({ m, mean, least, most }) =>
      `<path d="M${at(m, least)} L${at(m, most)}" stroke="#444"/>` +
      `<circle cx="${x(m).toFixed(1)}" cy="${y(mean).toFixed(1)}" r="3.5" fill="#0b6"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    ...[0, 0.25, 0.5, 0.75, 1].map(
      (share) =>
        `<path d="M${at(0, share)} L${at(widest, share)}" stroke="#ddd"/>` +
        `<text x="${LEFT - 8}" y="${y(share) + 4}" text-anchor="end">${share}</text>`,
    ),
    ...[0, 0.5, 1, 1.5]
      .filter((m) => m <= widest)
      .map((m) => `<text x="${x(m)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${m}</text>`),
    `<text x="${(LEFT + WIDTH) / 2}" y="${HEIGHT - 10}" text-anchor="middle">mosquitoes a person</text>`,
    `<text transform="translate(16 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">share of people infectious</text>`,
    `<polyline points="${curve.join(' ')}" fill="none" stroke="#c33" stroke-width="1.5"/>`,
    ...marks,
    '</svg>',
    '',
  ].join('\n');
}
