// How screens are looked at: wide and on a phone, light and dark, once they stand still.

export const looks = [
  { name: 'wide-light', colorScheme: 'light', width: 1280, height: 800 },
  { name: 'wide-dark', colorScheme: 'dark', width: 1280, height: 800 },
  { name: 'phone-light', colorScheme: 'light', width: 390, height: 844 },
  { name: 'phone-dark', colorScheme: 'dark', width: 390, height: 844 },
];

/** Runs in the page: waits for two pictures, fonts, and animations that end. */
export async function settled() {
  const picture = () => new Promise((resolve) => requestAnimationFrame(resolve));
  await document.fonts.ready;
  await picture();
  await picture();
  const ending = document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime !== Infinity);
  await Promise.allSettled(ending.map((one) => one.finished));
}
