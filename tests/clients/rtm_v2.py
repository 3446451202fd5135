"""A bot on slack_sdk's rtm_v2: prints a line for each thing that the test waits for."""

import json
import os
import threading
import time

from slack_sdk.rtm_v2 import RTMClient


def say(*words):
    print(*words, flush=True)


def raw(text):
    if not text.startswith("{"):
        return
    frame = json.loads(text)
    if frame.get("type") == "hello":
        say("hello")
    if frame.get("reply_to") == 1 and frame.get("ok"):
        say("acked", frame["ts"])
        threading.Thread(target=use_web, daemon=True).start()


client = RTMClient(
    token=os.environ["SLACK_TOKEN"],
    base_url=os.environ["SLACK_API_URL"],
    ping_interval=1,
    on_message_listeners=[raw],
)


@client.on("message")
def message(client, event):
    if event["user"] != "U01ALICE000":
        return
    say("message", event["user"], event["text"])
    client.send({"id": 1, "type": "message", "channel": event["channel"], "text": "pong"})


@client.on("presence_change")
def presence(client, event):
    say("presence", event["user"], event["presence"])


def watch_pings():
    # This client's pings are the WebSocket protocol's own.
    first = client.current_session.last_ping_pong_time
    while client.current_session.last_ping_pong_time == first:
        time.sleep(0.05)
    say("pong")


def use_web():
    web = client.web_client
    members = web.users_list(limit=2)["members"]
    posted = web.chat_postMessage(channel="C01GENERAL0", text="posted", blocks=[{"type": "divider"}])
    web.reactions_add(channel=posted["channel"], timestamp=posted["ts"], name="tada")
    message = web.conversations_history(channel=posted["channel"], limit=1)["messages"][0]
    file = web.files_upload_v2(channel="C01GENERAL0", filename="a.txt", content="hello")["files"][0]
    say("web", len(members), message["text"], message["reactions"][0]["name"], file["size"])


client.connect()
client.send({"type": "presence_sub", "ids": ["U01ALICE000"]})
threading.Thread(target=watch_pings, daemon=True).start()
threading.Event().wait()
