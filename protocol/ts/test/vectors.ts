/** The vectors that Go reads too. */
import hmac from '../../testdata/sm/hmac.json'
import sm3file from '../../testdata/sm/sm3.json'
import id from '../../testdata/person/id.json'
import mobile from '../../testdata/person/mobile.json'
import name from '../../testdata/person/name.json'
import request from '../../testdata/request/v1.json'

export const vectors = { hmac: hmac.vectors, sm3: sm3file.vectors, id, mobile, name, request: request.vectors }
