import { NetplayError, printable } from '../errors.js'
import { EndpointError, EtcdApiMissingError, EtcdRefusedError } from './etcd-errors.js'
import { troubleOf } from './etcd-trouble.js'

/**
 * etcd3's errors, translated; the original is the cause.
 * EndpointError: another endpoint may do. EtcdRefusedError, EtcdApiMissingError: etcd has spoken.
 * @param openFailure why the stream to the endpoint could not be opened, where it could not
 */
export function grpcTroubleOf(error: unknown, url: string, openFailure: unknown): Error {
  if (error instanceof EndpointError || error instanceof NetplayError) return error
  if (openFailure !== undefined) return troubleOf(openFailure, url)
  const { message } = error as Error
  const words = printable(message.replace(/^(\w+: )?\d+ [A-Z_]+: /, ''))
  if (/no leader|leader changed|request timed out|not capable|server stopped/.test(words))
    return new EndpointError('no-leader', words, { cause: error })
  const code = Number(/(\d+) [A-Z_]+: /.exec(message)?.[1])
  if (code === DEADLINE_EXCEEDED) return new EndpointError('no-leader', 'it answers, but not to reads and writes in time', { cause: error })
  if (code === UNIMPLEMENTED) return new EtcdApiMissingError(url, 'v3', undefined, { cause: error })
  if ([UNAVAILABLE, CANCELLED, INTERNAL].includes(code)) return troubleOf(new Error(words, { cause: error }), url)
  return new EtcdRefusedError(url, words, { cause: error })
}

const [CANCELLED, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE] = [1, 4, 12, 13, 14]
