// Renders Liquid for the tests, one JSON line in, one JSON line out: {text, values} -> {text} | {aborted} | {error}.
const { Liquid, Tag } = require('liquidjs')
const readline = require('readline')

class Aborted extends Error {}
class Abort extends Tag {
  * render () { throw new Aborted('aborted') }
}

const engine = new Liquid({ strictFilters: true })
engine.registerTag('abort', Abort)
const aborted = error => error instanceof Aborted || (error.originalError && aborted(error.originalError))

readline.createInterface({ input: process.stdin }).on('line', line => {
  const { text, values } = JSON.parse(line)
  let response
  try {
    response = { text: engine.parseAndRenderSync(text, values) }
  } catch (error) {
    response = aborted(error) ? { aborted: true } : { error: String(error.message) }
  }
  process.stdout.write(JSON.stringify(response) + '\n')
})
