//! Orders to open connections.

/// One instruction for one connection.
#[derive(Clone, Debug)]
pub(crate) enum Order {
    Text(String),
    Binary(Vec<u8>),
    /// Bytes below the protocol.
    Raw(Vec<u8>),
    /// A user's presence, for those who asked for it.
    Presence(String),
    Close(Option<u16>),
    Die,
}
