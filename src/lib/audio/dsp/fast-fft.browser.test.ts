import { expect, it } from 'vitest';
import { fastRealFft } from './fast-fft';
import { expectAgreement } from './fast-fft.fixture';
import { RealFft } from './fft';

it('the fast transform loads in a browser and agrees with the one in JavaScript', async () => {
  expect(await fastRealFft(4096)).not.toBeInstanceOf(RealFft);
  await expectAgreement(4096);
});
