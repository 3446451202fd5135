//! What decoding costs, against what it could cost at the least.
//!
//! `cargo bench -p slack-rtm-models` runs the criterion groups, then measures the ways against each other in interleaved rounds and prints the ratios: those hold
//! on any machine, nanoseconds do not. `-- ratios` prints the ratios alone. With the feature `web` a long users.list is read too.

mod corpus;
#[cfg(feature = "web")]
mod members;
mod ways;

use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::Bytes;
use corpus::Frame;
use criterion::{Criterion, Throughput};
use slack_rtm_models::{Event, RawEvent};

/// So many that the processor does not learn them by heart, as it does within a few rounds over two thousand: no workspace sends the same frames over and over.
const FRAMES: usize = 20_000;

/// A way to read one frame.
type Way = fn(&Frame);

/// A benchmark group: its name, its frames, and the ways to read them by name.
type Group<'a> = (&'a str, &'a [Frame], &'a [(&'a str, Way)]);

fn decoding(criterion: &mut Criterion) {
    let mixed = corpus::frames(FRAMES);
    let last = corpus::type_last(&mixed);
    let typed = corpus::frames_without_raw_parts(FRAMES);
    let groups: [Group<'_>; 3] = [
        ("mixed", &mixed, &[("floor", ways::floor), ("known", ways::known), ("event", ways::event)]),
        ("type last", &last, &[("event", ways::event)]),
        ("no raw parts", &typed, &[("event", ways::event), ("tagged", ways::tagged)]),
    ];
    for (name, frames, ways) in groups {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(frames.len() as u64));
        for (way, read) in ways {
            group.bench_function(*way, |bencher| bencher.iter(|| frames.iter().for_each(read)));
        }
        group.finish();
    }
}

fn finding_the_type(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("type");
    for length in [100, 1_000, 16_000, 1_000_000] {
        let frame = frame_of(length);
        group.bench_function(length.to_string(), |bencher| {
            bencher.iter(|| black_box(RawEvent::new(black_box(&frame).clone()).event_type().is_some()));
        });
    }
    group.finish();
}

fn frame_of(length: usize) -> Bytes {
    format!(r#"{{"type":"message","channel":"C01GENERAL0","text":"{}"}}"#, "x".repeat(length)).into()
}

/// Nanoseconds for each frame, of several ways.
fn measure(frames: &[Frame], ways: &[Way]) -> Vec<f64> {
    let all = |way: &Way| frames.iter().for_each(way);
    in_turn(ways, all).into_iter().map(|time| time / frames.len() as f64).collect()
}

/// Nanoseconds of several ways measured in turn, so that whatever else the machine does meets all of them: the median of the rounds.
fn in_turn<W>(ways: &[W], take: impl Fn(&W)) -> Vec<f64> {
    const ROUNDS: usize = 31;
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); ways.len()];
    for _ in 0..ROUNDS {
        for (way, times) in ways.iter().zip(&mut times) {
            let start = Instant::now();
            take(way);
            times.push(start.elapsed());
        }
    }
    let median = |mut times: Vec<Duration>| {
        times.sort();
        times[times.len() / 2].as_nanos() as f64
    };
    times.into_iter().map(median).collect()
}

#[allow(clippy::print_stdout, reason = "the ratios are the outcome")]
fn ratios() {
    let mixed = corpus::frames(FRAMES);
    let bytes: usize = mixed.iter().map(|frame| frame.json.len()).sum();
    println!("{} frames of {} bytes on average", mixed.len(), bytes / mixed.len());
    let line = |what: &str, ratio: f64, limit: f64| {
        println!("{what:<58} {ratio:>6.3}   wanted: at most {limit}");
    };

    let [event, known, floor] = measure(&mixed, &[ways::event, ways::known, ways::floor])[..] else { return };
    println!("event {event:.0} ns, known struct {known:.0} ns, floor {floor:.0} ns");
    line("typed decode / straight into the known struct", event / known, 1.05);
    line("typed decode / validate only (IgnoredAny)", event / floor, 2.9);

    let typed = corpus::frames_without_raw_parts(FRAMES);
    let [event, tagged] = measure(&typed, &[ways::event, ways::tagged])[..] else { return };
    line("typed decode / #[serde(tag = \"type\")] of the same types", event / tagged, 0.62);

    #[cfg(feature = "web")]
    {
        let answer = members::answer(10_000);
        let ways: [fn(&str); 2] = [members::typed, members::floor];
        let [typed, floor] = in_turn(&ways, |way| way(&answer))[..] else { return };
        println!("users.list of 10,000 members, {} bytes: {:.1} ms", answer.len(), typed / 1e6);
        line("users.list / validate only (IgnoredAny)", typed / floor, 3.2);
    }

    for length in [100, 1_000_000] {
        let frame = frame_of(length);
        let start = Instant::now();
        const TIMES: u32 = 100_000;
        for _ in 0..TIMES {
            black_box(RawEvent::new(black_box(&frame).clone()).event_type().is_some());
        }
        let ns = start.elapsed().as_nanos() as f64 / f64::from(TIMES);
        line(&format!("RawEvent::new and its type, ns, frame of {length} bytes"), ns, 100.0);
        assert_eq!(
            RawEvent::new(frame.clone()).as_bytes().as_ptr(),
            frame.as_ptr(),
            "RawEvent copied the frame"
        );
    }
}

fn main() {
    let only_ratios = std::env::args().any(|argument| argument == "ratios");
    // `cargo test` runs benches too, to see that they work.
    let is_test = !std::env::args().any(|argument| argument == "--bench");
    check();
    if !only_ratios {
        let mut criterion = Criterion::default().configure_from_args();
        decoding(&mut criterion);
        finding_the_type(&mut criterion);
        criterion.final_summary();
    }
    if !is_test {
        ratios();
    }
}

/// Every frame has to be read by every way, or the times would mean nothing.
fn check() {
    for frame in corpus::frames(FRAMES).iter().chain(&corpus::type_last(&corpus::frames(FRAMES))) {
        let event = Event::from_json(&frame.json);
        assert!(matches!(&event, Ok(event) if !matches!(event, Event::Unknown(_))), "{}", frame.json);
        ways::known(frame);
    }
    corpus::frames_without_raw_parts(FRAMES).iter().for_each(ways::tagged);
    #[cfg(feature = "web")]
    {
        let list =
            slack_rtm_models::decode::<slack_rtm_models::UsersListResponse>(members::answer(100).as_bytes());
        let is_known = |user: &slack_rtm_models::User| user.display_name().is_some();
        assert!(list.is_ok_and(|list| list.members.len() == 100 && list.members.iter().all(is_known)));
    }
}
