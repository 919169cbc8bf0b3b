/**
 * What the pages share: SM3, checks and masks for ID numbers, mobiles and
 * names, formatters, and the signed requests of exam terminals. Everything here
 * is checked against the vectors in protocol/testdata that Go is checked with.
 */
export * from './sm3'
export * from './person'
export * from './format'
export * from './request'
