// Drives LINE's official client for Node against a sandbox: arguments are the URL, the token and a JSON object of facts.
// Prints one JSON object: the result of each step, or {status, body} of an error.
const { insight, messagingApi, channelAccessToken } = require('@line/bot-sdk')
const [url, token, facts] = [process.argv[2], process.argv[3], JSON.parse(process.argv[4])]
const options = { channelAccessToken: token, baseURL: url }
const line = new messagingApi.MessagingApiClient(options)
const statistics = new insight.InsightClient(options)
const tokens = new channelAccessToken.ChannelAccessTokenClient({ baseURL: url })
const text = words => [{ type: 'text', text: words }]
const kind = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

const steps = {
  setEndpoint: () => line.setWebhookEndpoint({ endpoint: 'https://shop.example/line' }),
  endpoint: () => line.getWebhookEndpoint(),
  test: () => line.testWebhookEndpoint({}),
  broadcast: () => line.broadcast({ messages: text('Hello') }),
  reply: () => line.replyMessage({ replyToken: 'node', messages: text('Yes') }),
  replyAgain: () => line.replyMessage({ replyToken: 'node', messages: text('Yes') }),
  used: () => line.getAggregationUnitUsage(),
  names: () => line.getAggregationUnitNameList(),
  counts: () => line.getNumberOfSentPushMessages(facts.day),
  followers: () => statistics.getNumberOfFollowers(facts.day),
  deliveries: () => statistics.getNumberOfMessageDeliveries(facts.day),
  demographics: () => statistics.getFriendsDemographics(),
  events: () => statistics.getMessageEvent(facts.requestId),
  unit: () => statistics.getStatisticsPerUnit('spring', facts.day, facts.day),
  issued: () => tokens.issueChannelTokenByJWT('client_credentials', kind, facts.jwt),
  kids: () => tokens.getsAllValidChannelAccessTokenKeyIds(kind, facts.jwt),
  verified: () => tokens.verifyChannelTokenByJWT(facts.token),
  revoked: () => tokens.revokeChannelTokenByJWT(facts.channelId, facts.channelSecret, facts.token)
}
for (const each of ['Push', 'Multicast', 'Narrowcast', 'Broadcast', 'Reply']) {
  steps[`valid${each}`] = () => line[`validate${each}`]({ messages: text('Hi') })
  steps[`invalid${each}`] = () => line[`validate${each}`]({ messages: text('x'.repeat(6000)) })
}

const run = async () => {
  const found = {}
  for (const [name, step] of Object.entries(steps)) {
    try {
      found[name] = (await step()) ?? null
    } catch (error) {
      found[name] = { status: error.status, body: error.body, error: String(error) }
    }
  }
  process.stdout.write(JSON.stringify(found, (_, value) => (typeof value === 'bigint' ? Number(value) : value)))
}
run()
