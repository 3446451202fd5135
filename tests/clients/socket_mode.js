// A bot on @slack/socket-mode: prints a line for each thing that the test waits for.
const { SocketModeClient, LogLevel } = require('@slack/socket-mode');
const { WebClient } = require('@slack/web-api');

const options = { slackApiUrl: process.env.SLACK_API_URL };
const client = new SocketModeClient({
  appToken: process.env.SLACK_APP_TOKEN,
  clientOptions: options,
  logLevel: LogLevel.ERROR,
});
const web = new WebClient(process.env.SLACK_TOKEN, options);
const say = (...words) => console.log(words.join(' '));

client.on('connected', () => say('connected'));
client.on('message', async ({ event, ack, retry_num: attempt, retry_reason: reason }) => {
  // The first delivery of this message is not acknowledged, so there has to be another one.
  if (event.text === 'once more' && attempt === 0) return say('ignored');
  await ack();
  if (event.user !== 'U01ALICE000') return undefined;
  if (attempt > 0) return say('again', attempt, reason);
  say('message', event.user, event.text);
  const posted = await web.chat.postMessage({ channel: event.channel, text: 'pong' });
  return say('posted', posted.message.text);
});
client.on('slash_commands', async ({ body, ack }) => {
  await ack({ text: 'On it.' });
  say('command', body.command, body.text);
});
client.on('interactive', async ({ body, ack }) => {
  await ack();
  say('interaction', body.type);
});

client.start();
