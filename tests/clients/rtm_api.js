// A bot on @slack/rtm-api: prints a line for each thing that the test waits for.
const { RTMClient } = require('@slack/rtm-api');
const { LogLevel } = require('@slack/logger');

const rtm = new RTMClient(process.env.SLACK_TOKEN, {
  slackApiUrl: process.env.SLACK_API_URL,
  clientPingTimeout: 5000,
  serverPongTimeout: 4900,
  logLevel: LogLevel.ERROR,
});
const say = (...words) => console.log(words.join(' '));

rtm.on('hello', () => say('hello'));
rtm.on('message', async (message) => {
  say('message', message.user, message.text);
  const { ts } = await rtm.sendMessage('pong', message.channel);
  say('acked', ts);
});
rtm.on('slack_event', (type) => type === 'pong' && say('pong'));
rtm.on('presence_change', (event) => say('presence', event.user ?? event.users.join(), event.presence));
rtm.on('reconnecting', () => say('reconnecting'));

rtm.start().then(() => rtm.subscribePresence(['U01ALICE000']));
