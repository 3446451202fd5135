//! A bot on the relay: repeats what people say, in a thread, once for each message, however often it comes.
//!
//! It needs a relay that runs. `NATS_URL` names the server; the default is `nats://127.0.0.1:4222`.

use std::error::Error;
use std::time::Duration;

use slack_rtm::models::{Event, MessageEvent};
use slack_rtm_relay::config::{NatsConfig, StreamConfig};
use slack_rtm_relay::{Caller, Delivery, Name, SendOutcome, SendRequest, Subjects, Subscriber};

const LIMIT: Duration = Duration::from_secs(20);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = std::env::var("NATS_URL").unwrap_or_else(|_| "nats://127.0.0.1:4222".to_owned());
    let nats = NatsConfig::new(vec![server]);
    let caller = Caller::new(&nats, Subjects::new(StreamConfig::default().prefix)).await?;
    let builder = Subscriber::builder(Name::new("echo-bot")?).nats(nats).new_only(true);
    let mut events = builder.ack_wait(2 * LIMIT).open().await?;
    while let Some(delivery) = events.next().await {
        let delivery = delivery?;
        if let Some(Ok(Event::Message(message))) =
            delivery.event().map(slack_rtm::models::RawEvent::decode_event)
        {
            answer(&caller, &delivery, &message).await;
        }
        delivery.ack().await?;
    }
    Ok(())
}

async fn answer(caller: &Caller, delivery: &Delivery, message: &MessageEvent) {
    let is_from_a_person = message.bot_id.is_none() && message.subtype.is_none();
    let (Some(channel), Some(thread), Some(text)) =
        (&message.channel, message.thread_to_answer(), &message.text)
    else {
        return;
    };
    if !is_from_a_person {
        return;
    }
    // The event's own id makes the answer's: if this process dies here, the event comes again, and the answer does not.
    let id = format!("echo-{}", delivery.id());
    let request = SendRequest::new(id, channel.as_str(), text.as_str()).in_thread(thread.as_str());
    match caller.send(delivery.team(), None, &request, LIMIT).await.outcome {
        SendOutcome::Acked { ts } => println!("answered, as {ts:?}"),
        other => println!("not answered, as far as is known: {other:?}"),
    }
}
