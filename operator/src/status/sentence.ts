/** What others wrote, so that something can follow it. */
export const ended = (text: string): string => {
  const sentence = text.trim();
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
};
