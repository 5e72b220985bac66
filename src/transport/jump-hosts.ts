import type { SshLine } from './ssh.js'

interface Shared {
  line: Promise<SshLine>
  users: number
  lost(): boolean
}

/** Connections to jump hosts, each shared by all hosts behind it, and closed with the last of them. */
export class JumpHosts {
  private readonly shared = new Map<string, Shared>()

  /**
   * The line of a jump host, opened by the first who needs it, and once more where it was lost.
   * @param key what it is reached by: same key, same line
   * @throws what `open` throws, the same for all who waited
   */
  async acquire(key: string, open: () => Promise<SshLine>): Promise<{ line: SshLine; release: () => Promise<void> }> {
    const known = this.shared.get(key)
    const entry = known !== undefined && !known.lost() ? known : this.start(key, open)
    entry.users++
    try {
      const line = await entry.line
      return { line, release: () => this.release(key, entry) }
    } catch (error) {
      entry.users--
      throw error
    }
  }

  private start(key: string, open: () => Promise<SshLine>): Shared {
    const line = open()
    let opened: SshLine | undefined
    const entry = { line, users: 0, lost: () => opened?.lost !== undefined }
    this.shared.set(key, entry)
    // A failure is told to those who waited for it; who comes later tries again.
    line.then(
      found => (opened = found),
      () => this.forget(key, entry),
    )
    return entry
  }

  private async release(key: string, entry: Shared): Promise<void> {
    if (--entry.users > 0) return
    this.forget(key, entry)
    await entry.line.then(line => line.close())
  }

  private forget(key: string, entry: Shared) {
    if (this.shared.get(key) === entry) this.shared.delete(key)
  }
}
