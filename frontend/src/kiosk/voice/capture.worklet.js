// Hands the microphone's samples to the page, in the order they came. It runs on
// the browser's own sound thread, so a busy page loses none.
class Capture extends AudioWorkletProcessor {
  process([input]) {
    const channel = input?.[0]
    // a message port has no origin to name
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    if (channel?.length) this.port.postMessage(channel.slice())
    return true
  }
}
registerProcessor('capture', Capture)
