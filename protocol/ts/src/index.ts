/**
 * What the pages share: SM3, checks and masks for ID numbers, mobiles and
 * names, formatters, the signed requests of exam terminals, and the words for
 * what people did at a venue. What Go has too is checked against the same
 * vectors, in protocol/testdata.
 */
export * from './sm3'
export * from './person'
export * from './format'
export * from './request'
export * from './acts'
export * from './rehearsal'
