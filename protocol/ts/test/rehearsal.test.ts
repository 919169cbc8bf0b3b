import { expect, it } from 'vitest'
import { rehearsalStepName, rehearsalVerdict } from '../src'

it('says how a rehearsal went', () => {
  expect(rehearsalVerdict({ passed: true })).toBe('✔ 通过')
  expect(rehearsalVerdict({ passed: false })).toBe('✖ 未通过')
  expect(rehearsalVerdict({ passed: false, aborted: '下课' })).toBe('✖ 中止：下课')
  expect(rehearsalStepName('cut')).toBe('断网续考')
  expect(rehearsalStepName('of tomorrow')).toBe('of tomorrow')
})
