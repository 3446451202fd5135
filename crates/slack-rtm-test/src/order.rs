//! Instructions for the tasks of open connections.

/// An instruction for a connection.
#[derive(Clone, Debug)]
pub(crate) enum Order {
    Text(String),
    Binary(Vec<u8>),
    /// Writes bytes below the WebSocket protocol.
    Raw(Vec<u8>),
    /// Sends a user's presence, if the client has subscribed to it.
    Presence(String),
    Close(Option<u16>),
    Die,
}
