import {
  SMUGGLED,
  WHOLE,
  BODY,
  REFUSED,
  REFUSED_OR_FORWARDED,
  head,
  get,
  post,
  attacks,
  type Attack,
} from './attack.ts';

/** Content-Length that is no number, or more than one. */
export const lengths: readonly Attack[] = [
  ...attacks(
    'Content-Length',
    REFUSED,
    [
      '',
      '+5',
      '-5',
      '-0',
      '0x5',
      '5 5',
      '5,5',
      '5, 5',
      '5,',
      ',5',
      '5, 6',
      '5.0',
      '5e0',
      '1_0',
      '5;',
      '"5"',
      'five',
      '\xd9\xa5',
    ]
      .concat([
        '1234567890123456',
        '18446744073709551621',
        '99999999999999999999999',
        '5\x0b',
        '\x0b5',
        '5\0',
        '5\x0c',
        '0 5',
      ])
      .concat(['NaN', 'Infinity', 'null', '5\xa0', '0b101', '5h', '²']),
    (length) => post([`Content-Length: ${length}`], WHOLE),
  ),
  ...attacks('Content-Length with', ['forwarded'], [' 5', '5 ', '\t5\t', '5'], (length) =>
    post([`Content-Length:${length}`], 'hello'),
  ),
  ...attacks('Content-Length with', REFUSED_OR_FORWARDED, ['05', '000000000000005'], (length) =>
    post([`Content-Length: ${length}`], 'hello'),
  ),
  {
    name: 'Content-Length twice, different',
    bytes: post(['Content-Length: 5', `Content-Length: ${WHOLE.length}`], WHOLE),
    safe: REFUSED,
  },
  {
    name: 'Content-Length twice, smaller second',
    bytes: post([`Content-Length: ${WHOLE.length}`, 'Content-Length: 5'], WHOLE),
    safe: REFUSED,
  },
  {
    name: 'Content-Length twice, the same',
    bytes: post(['Content-Length: 5', 'content-length: 5'], 'hello'),
    safe: REFUSED,
  },
  {
    name: 'Content-Length of zero twice',
    bytes: post(['Content-Length: 0', 'Content-Length: 0'], ''),
    safe: REFUSED,
  },
  {
    name: 'Content-Length with a space before the colon',
    bytes: post(['Content-Length : 5'], WHOLE),
    safe: REFUSED,
  },
  { name: 'Content-Length behind a fold', bytes: post(['Content-Length:', ' 5'], 'hello'), safe: REFUSED },
  {
    name: 'Content-Length beside its underscore spelling',
    bytes: post(['Content-Length: 5', 'Content_Length: 0'], 'hello'),
    safe: REFUSED_OR_FORWARDED,
  },
  { name: 'GET with a body', bytes: get('Content-Length: 5') + 'hello', safe: ['forwarded'] },
];

/** Transfer-Encoding other than exactly chunked, hidden, or beside Content-Length. */
export const codings: readonly Attack[] = [
  ...attacks(
    'Transfer-Encoding',
    [400, 501],
    [
      'gzip',
      'identity',
      'gzip, chunked',
      'chunked, gzip',
      'chunked, chunked',
      'chunked, identity',
      'identity, chunked',
      '',
    ]
      .concat([
        ', chunked',
        'chunked,',
        ',',
        'xchunked',
        'chunkedx',
        'x chunked',
        'chunked x',
        '"chunked"',
        "'chunked'",
        'chunked;q=1',
      ])
      .concat([
        'chunked;',
        'chunk',
        'chunked\0',
        '\x0bchunked',
        'chunked\x0b',
        'chunked\x0c',
        '\xa0chunked',
        'chu nked',
        'chunked=',
        '=chunked',
      ])
      .concat(['gzip;chunked', 'deflate', 'cow, chunked', '(chunked)', 'chunKed\x7f', 'trailers']),
    (coding) => post([`Transfer-Encoding: ${coding}`], `${BODY}${SMUGGLED}`),
  ),
  ...attacks(
    'Transfer-Encoding as',
    ['forwarded'],
    ['chunked', 'Chunked', 'CHUNKED', ' chunked ', '\tchunked'],
    (coding) => post([`Transfer-Encoding:${coding}`], BODY),
  ),
  ...attacks(
    'Transfer-Encoding twice,',
    [400, 501],
    ['chunked', 'identity', 'gzip', '', 'x', 'Chunked'],
    (coding) => post(['Transfer-Encoding: chunked', `Transfer-Encoding: ${coding}`], `${BODY}${SMUGGLED}`),
  ),
  ...attacks('Transfer-Encoding twice, chunked after', [400, 501], ['identity', 'gzip', '', 'x'], (coding) =>
    post([`Transfer-Encoding: ${coding}`, 'Transfer-Encoding: chunked'], `${BODY}${SMUGGLED}`),
  ),
  ...attacks(
    'both framings:',
    [400, 501],
    ['Content-Length: 5|Transfer-Encoding: chunked', 'Transfer-Encoding: chunked|Content-Length: 5']
      .concat([
        'Content-Length: 0|Transfer-Encoding: chunked',
        'Transfer-Encoding: identity|Content-Length: 5',
      ])
      .concat([
        'transfer-encoding: Chunked|CONTENT-LENGTH: 60',
        'Transfer-Encoding: gzip, chunked|Content-Length: 3',
      ])
      .concat(['Transfer-Encoding:chunked|Content-Length: 0', 'Transfer-Encoding: x|Content-Length: 0']),
    (both) => post(both.split('|'), `${BODY}${SMUGGLED}`),
  ),
  ...attacks(
    'hidden Transfer-Encoding:',
    REFUSED,
    [
      'Transfer-Encoding : chunked',
      ' Transfer-Encoding: chunked',
      'Transfer-Encoding\t: chunked',
      'Transfer-Encoding\0: chunked',
    ]
      .concat([
        'Transfer-Encoding:\r\n chunked',
        'Transfer-Encoding: chunked\r\n\tx',
        'X: x\rTransfer-Encoding: chunked',
      ])
      .concat([
        'X: x\nTransfer-Encoding: chunked',
        'Transfer-Encoding: chunked\r',
        'Transfer Encoding: chunked',
        'Transfer-Encoding chunked',
      ])
      .concat([
        '\x0bTransfer-Encoding: chunked',
        'Transfer-Encoding\x0b: chunked',
        '"Transfer-Encoding": chunked',
      ]),
    (field) => post(['Content-Length: 5', field], WHOLE),
  ),
  ...attacks(
    'not Transfer-Encoding:',
    REFUSED_OR_FORWARDED,
    [
      'Transfer_Encoding: chunked',
      'Transfer-Encodin: chunked',
      'TE: chunked',
      'X-Transfer-Encoding: chunked',
      'Content-Encoding: chunked',
    ],
    (field) => post(['Content-Length: 5', field], 'hello'),
  ),
  {
    name: 'Transfer-Encoding in HTTP/1.0',
    bytes: head('POST /x HTTP/1.0', 'Host: a.test', 'Transfer-Encoding: chunked') + BODY,
    safe: REFUSED,
  },
  {
    name: 'both framings in HTTP/1.0',
    bytes: head('POST /x HTTP/1.0', 'Host: a.test', 'Content-Length: 3', 'Transfer-Encoding: chunked') + BODY,
    safe: REFUSED,
  },
  ...attacks(
    'Connection that names',
    ['forwarded'],
    ['Transfer-Encoding', 'transfer-encoding, host, close'],
    (token) => post([`Connection: ${token}`, 'Transfer-Encoding: chunked'], `5\r\nhello\r\n0\r\n\r\n`),
  ),
];
