//! The waits of the event loop. All of them are cancel safe, and wait forever where there is nothing to wait for.

use std::future::pending;

use slack_rtm::{Events, Item};
use tokio::io::AsyncBufRead;
use tokio::sync::mpsc::Permit;
use tokio::time::Instant;

use super::checkpointer::Checkpointer;
use super::input::{Line, Lines};
use crate::output::{Closed, Output};

/// Waits for room in the output and then for an item. What cannot be printed stays in the session's queue, which is bounded and reports what it drops.
pub(super) async fn next_item<'a>(
    output: &'a Output,
    events: &mut Events,
) -> Result<(Permit<'a, String>, Option<Item>), Closed> {
    let room = output.room().await?;
    Ok((room, events.next().await))
}

pub(super) async fn next_line<R: AsyncBufRead + Unpin>(input: &mut Option<Lines<R>>) -> Option<Line> {
    match input {
        Some(lines) => lines.next().await,
        None => pending().await,
    }
}

/// Waits until the state file is due.
pub(super) async fn tick(checkpointer: &mut Option<Checkpointer>) {
    match checkpointer {
        Some(checkpointer) => checkpointer.tick().await,
        None => pending().await,
    }
}

pub(super) async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => pending().await,
    }
}
