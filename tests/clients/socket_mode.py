"""A bot on slack_sdk's SocketModeClient: prints a line for each thing that the test waits for."""

import os
import threading

from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web import WebClient


def say(*words):
    print(*words, flush=True)


def on_request(client, request):
    attempt, reason = request.retry_attempt, request.retry_reason
    event = request.payload.get("event", {})
    # The first delivery of this message is not acknowledged, so there has to be another one.
    if event.get("text") == "once more" and attempt == 0:
        say("ignored")
        return
    payload = {"text": "On it."} if request.type == "slash_commands" else None
    response = SocketModeResponse(envelope_id=request.envelope_id, payload=payload)
    client.send_socket_mode_response(response)
    if request.type == "slash_commands":
        say("command", request.payload["command"], request.payload["text"])
    elif request.type == "interactive":
        say("interaction", request.payload["type"])
    elif event.get("user") == "U01ALICE000":
        if attempt > 0:
            say("again", attempt, reason)
            return
        say("message", event["user"], event["text"])
        posted = client.web_client.chat_postMessage(channel=event["channel"], text="pong")
        say("posted", posted["message"]["text"])


def on_message(message):
    if '"type":"hello"' in message.replace(" ", ""):
        say("connected")


client = SocketModeClient(
    app_token=os.environ["SLACK_APP_TOKEN"],
    web_client=WebClient(token=os.environ["SLACK_TOKEN"], base_url=os.environ["SLACK_API_URL"]),
    on_message_listeners=[on_message],
)
client.socket_mode_request_listeners.append(on_request)
client.connect()
threading.Event().wait()
