//! A bot on the relay: it repeats each message in a thread, once, however often the message is delivered.
//!
//! It needs a running relay. `NATS_URL` names the NATS server; the default is `nats://127.0.0.1:4222`.

use std::error::Error;
use std::time::Duration;

use slack_rtm::models::{Event, Message};
use slack_rtm_relay::config::{NatsConfig, StreamConfig};
use slack_rtm_relay::{CommandClient, Delivery, Name, SendOutcome, SendRequest, Subjects, Subscriber};

const TIMEOUT: Duration = Duration::from_secs(20);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = std::env::var("NATS_URL").unwrap_or_else(|_| "nats://127.0.0.1:4222".to_owned());
    let nats = NatsConfig::new(vec![server]);
    let client = CommandClient::new(&nats, Subjects::new(StreamConfig::default().prefix)).await?;
    let builder = Subscriber::builder(Name::new("echo-bot")?).nats(nats).new_only(true);
    let mut events = builder.ack_wait(2 * TIMEOUT).open().await?;
    while let Some(delivery) = events.next().await {
        let delivery = delivery?;
        if let Some(Ok(Event::Message(message))) =
            delivery.event().map(slack_rtm::models::RawEvent::decode_event)
        {
            reply(&client, &delivery, &message).await;
        }
        delivery.ack().await?;
    }
    Ok(())
}

async fn reply(client: &CommandClient, delivery: &Delivery, message: &Message) {
    let is_from_a_person = message.bot_id.is_none() && message.subtype.is_none();
    let (Some(channel), Some(thread), Some(text)) =
        (&message.channel, message.thread_to_answer(), &message.text)
    else {
        return;
    };
    if !is_from_a_person {
        return;
    }
    // The id of the reply is made of the event's. If this process dies here, the event is delivered again, and the reply is not sent again.
    let id = format!("echo-{}", delivery.id());
    let request = SendRequest::new(id, channel.as_str(), text.as_str()).in_thread(thread.as_str());
    match client.send(delivery.team(), None, &request, TIMEOUT).await.outcome {
        SendOutcome::Acked { ts } => println!("replied, as {ts:?}"),
        other => println!("not replied, as far as is known: {other:?}"),
    }
}
