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
  if (message.user !== 'U01ALICE000') return;
  say('message', message.user, message.text);
  const { ts } = await rtm.sendMessage('pong', message.channel);
  say('acked', ts);
  await useWeb();
});
rtm.on('slack_event', (type) => type === 'pong' && say('pong'));
const { WebClient } = require('@slack/web-api');
const web = new WebClient(process.env.SLACK_TOKEN, { slackApiUrl: process.env.SLACK_API_URL });
async function useWeb() {
  const { members } = await web.users.list({ limit: 2 });
  const posted = await web.chat.postMessage({ channel: 'C01GENERAL0', text: 'posted', blocks: [{ type: 'divider' }] });
  await web.reactions.add({ channel: posted.channel, timestamp: posted.ts, name: 'tada' });
  const { messages } = await web.conversations.history({ channel: posted.channel, limit: 1 });
  const file = await web.filesUploadV2({ channel_id: 'C01GENERAL0', filename: 'a.txt', content: 'hello' });
  say('web', members.length, messages[0].text, messages[0].reactions[0].name, file.files[0].files[0].size);
}

rtm.on('presence_change', (event) => say('presence', event.user ?? event.users.join(), event.presence));
rtm.on('reconnecting', () => say('reconnecting'));

rtm.start().then(() => rtm.subscribePresence(['U01ALICE000']));
