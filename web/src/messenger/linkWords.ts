/** The words that both screens show when a device is linked by a typed code. The list is loaded when it is needed. */
export async function wordsOf(numbers: number[]): Promise<string[]> {
  const { default: text } = await import('../../../client/linkwords/words.txt?raw');
  const list = text.trim().split('\n');
  return numbers.map((number) => list[number] ?? '');
}
