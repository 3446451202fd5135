//! The input of the templates: everything that they write, decided beforehand and in terms of Rust.
//!
//! A field that is `None` is written as `false`, for which a template skips its section.

use indexmap::IndexMap;
use serde::Serialize;

/// Everything that is generated.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) operations: Vec<Operation>,
    pub(super) models: IndexMap<String, Model>,
    pub(super) service: Service,
    pub(super) booleans: Booleans,
    /// Whether the examples of models become tests.
    pub(super) is_tested: bool,
}

/// The type of a schema.
#[derive(Debug)]
pub(super) struct Model {
    /// The `cfg` condition under which it is compiled.
    pub(super) cfg: Option<String>,
    pub(super) doc: String,
    /// An example in JSON, as a literal.
    pub(super) example: Option<String>,
    pub(super) shape: Shape,
}

/// The kind of a model. Each has its own template.
#[derive(Debug)]
pub(super) enum Shape {
    Struct(Struct),
    OpenEnum(OpenEnum),
    Union(Union),
    IdOrObject(IdOrObject),
    OneOf(OneOf),
    /// A newtype of a string, with the pattern that it matches.
    Newtype(Option<String>),
}

#[derive(Debug, Serialize)]
pub(super) struct Struct {
    /// The constant that distinguishes it from the other parts of a union, for which it has no field.
    pub(super) tag: Option<Pair>,
    /// Whether it derives `Default`.
    pub(super) default: bool,
    /// Whether its default is what the constructor makes, with its constants.
    pub(super) default_by_new: bool,
    /// Whether reading can start with the default value, because no field is required.
    pub(super) by_default: bool,
    /// Whether its constructor takes no argument.
    pub(super) plain: bool,
    pub(super) too_many_arguments: bool,
    pub(super) uses_models: bool,
    pub(super) rest: Option<Rest>,
    pub(super) fields: Vec<Field>,
    /// The fields that the constructor takes.
    pub(super) arguments: Vec<Parameter>,
    /// The fields that have a setter.
    pub(super) optional: Vec<Setter>,
}

/// A name on the wire, and a value, as literals.
#[derive(Debug, Serialize)]
pub(super) struct Pair {
    #[serde(rename = "key")]
    pub(super) name: String,
    pub(super) value: String,
}

/// The map of additional properties.
#[derive(Debug, Serialize)]
pub(super) struct Rest {
    pub(super) field: String,
    pub(super) setter: String,
    #[serde(rename = "type")]
    pub(super) rust_type: String,
    #[serde(rename = "as")]
    pub(super) adapter: Option<String>,
}

/// Whether and how a field can be absent or null.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Presence {
    Required,
    /// A required string, which is read as empty if it is absent.
    Lenient,
    /// Required, but nullable.
    Nullable,
    Optional,
    /// Optional and nullable, with absence and null kept apart.
    Clearable,
}

#[derive(Debug, Serialize)]
pub(super) struct Field {
    pub(super) field: String,
    /// Its name on the wire, as a literal.
    pub(super) key: String,
    #[serde(rename = "type")]
    pub(super) rust_type: String,
    #[serde(skip)]
    pub(super) presence: Presence,
    /// The keyword of `structure!` for a field of this presence and this type.
    pub(super) kind: &'static str,
    pub(super) option: bool,
    pub(super) clearable: bool,
    /// The adapter that deserializes and serializes it.
    #[serde(rename = "as")]
    pub(super) adapter: Option<String>,
    pub(super) boxed: bool,
    /// The field and its initial value in the constructor.
    pub(super) initial: String,
    #[serde(skip)]
    pub(super) is_constant: bool,
    pub(super) deprecated: bool,
    pub(super) doc: String,
}

/// A parameter of the constructor.
#[derive(Debug, Serialize)]
pub(super) struct Parameter {
    pub(super) field: String,
    /// The type that is converted to the field's type.
    pub(super) argument: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Setter {
    pub(super) setter: String,
    pub(super) field: String,
    /// The field's name on the wire, as a code span.
    pub(super) about: String,
    pub(super) argument: String,
    /// The argument converted to the field's type.
    pub(super) given: String,
    pub(super) deprecated: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct OpenEnum {
    pub(super) variants: Vec<Value>,
    pub(super) predicates: Vec<Predicate>,
}

/// A value of an enum.
#[derive(Debug, Serialize)]
pub(super) struct Value {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) doc: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Predicate {
    pub(super) name: String,
    pub(super) doc: String,
    /// The names of the values for which it is true.
    pub(super) variants: Vec<String>,
}

/// A union of structs that a tag distinguishes.
#[derive(Debug, Serialize)]
pub(super) struct Union {
    /// The macro that declares it.
    pub(super) kind: &'static str,
    pub(super) tag: String,
    pub(super) variants: Vec<Tagged>,
}

#[derive(Debug, Serialize)]
pub(super) struct Tagged {
    pub(super) name: String,
    /// The values of the tag, as a pattern.
    pub(super) value: String,
    #[serde(rename = "type")]
    pub(super) rust_type: String,
    pub(super) boxed: bool,
    pub(super) doc: String,
}

/// An id, or the object that has it.
#[derive(Debug, Serialize)]
pub(super) struct IdOrObject {
    pub(super) id: String,
    pub(super) object: String,
    pub(super) boxed: bool,
    /// The presence of the object's id, if it has one.
    pub(super) id_of_object: Option<Presence>,
}

/// A union whose variants only their shapes distinguish.
#[derive(Debug, Serialize)]
pub(super) struct OneOf {
    pub(super) variants: Vec<Untagged>,
}

#[derive(Debug, Serialize)]
pub(super) struct Untagged {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) rust_type: String,
    pub(super) boxed: bool,
    /// The check by which a value is recognized as one of this type.
    pub(super) form: Option<&'static str>,
    /// The constants of its properties, without which a value is not of this type.
    pub(super) only_if: Option<String>,
    /// The values of its properties by which it is preferred to other variants.
    pub(super) rather_if: Option<String>,
    pub(super) doc: String,
}

/// A request, and the methods that make and send it.
#[derive(Debug, Serialize)]
pub(super) struct Operation {
    /// The name of its module.
    #[serde(skip)]
    pub(super) tag: String,
    pub(super) module_cfg: Option<String>,
    pub(super) cfg: Option<String>,
    pub(super) function: String,
    /// The function as links write it, without `r#`.
    pub(super) link: String,
    pub(super) request: String,
    pub(super) name: String,
    pub(super) path: String,
    /// The arguments of the query in the path.
    pub(super) fixed: Vec<Fixed>,
    pub(super) method: String,
    pub(super) idempotent: Option<String>,
    pub(super) doc: String,
    /// The note of its deprecation, as a literal.
    pub(super) deprecated: Option<String>,
    /// Whether the request implements `Default`.
    pub(super) default: bool,
    pub(super) many: bool,
    pub(super) many_with_client: bool,
    pub(super) answer: String,
    /// The media types of the answer as a literal, unless all are `application/json`.
    pub(super) accept: Option<String>,
    pub(super) refusal: String,
    pub(super) by_status: Option<ByStatus>,
    pub(super) refusals: Option<ByStatus>,
    pub(super) server: Option<String>,
    pub(super) security: Option<String>,
    /// Whether it sends any argument.
    pub(super) encodes: bool,
    /// Whether it has setters.
    pub(super) sets: bool,
    /// Whether the code of its refusal distinguishes fatal errors from transient ones.
    pub(super) classified: bool,
    pub(super) fields: Vec<Argument>,
    pub(super) required: Vec<Argument>,
    pub(super) optional: Vec<Argument>,
    pub(super) pagination: Option<Pagination>,
}

/// An argument that is the same in every call.
#[derive(Debug, Serialize)]
pub(super) struct Fixed {
    pub(super) name: String,
    pub(super) value: String,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Argument {
    pub(super) field: String,
    /// Its name on the wire. No template reads it; the calls of the tests' documents do.
    pub(super) wire: String,
    /// Its name on the wire, as a code span.
    pub(super) about: String,
    #[serde(rename = "type")]
    pub(super) rust_type: String,
    /// The type that the constructor or the setter takes.
    pub(super) argument: String,
    /// The call that converts it to the field's type.
    pub(super) given: &'static str,
    /// The call that encodes it, up to the name of the field.
    pub(super) call: String,
    pub(super) required: bool,
    /// Its `#[deprecated]` attribute.
    pub(super) deprecated: Option<String>,
    pub(super) doc: String,
}

/// An answer or a refusal whose type depends on the HTTP status.
#[derive(Debug, Serialize)]
pub(super) struct ByStatus {
    #[serde(rename = "type")]
    pub(super) rust_type: String,
    pub(super) cases: Vec<Case>,
    /// The case as which an undocumented status is read, if no case matches all others.
    pub(super) otherwise: Option<String>,
    pub(super) about: &'static str,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Case {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) rust_type: String,
    /// The statuses, as a pattern.
    pub(super) status: String,
    pub(super) doc: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Pagination {
    pub(super) argument: String,
    pub(super) cursor: String,
    pub(super) item: String,
    pub(super) items: String,
    pub(super) next: String,
    pub(super) repeated: Option<String>,
}

/// The properties of the service as a whole.
#[derive(Debug, Serialize)]
pub(super) struct Service {
    pub(super) base_url: String,
    pub(super) refuses_with_ok: bool,
    pub(super) needs_token: bool,
    pub(super) has_credentials: bool,
    pub(super) credentials: Vec<Credential>,
}

/// A method of the client's builder that takes a credential.
#[derive(Debug, Serialize)]
pub(super) struct Credential {
    pub(super) function: String,
    pub(super) arguments: &'static str,
    pub(super) value: &'static str,
    pub(super) scheme: String,
    pub(super) doc: String,
}

/// The literals for booleans in arguments.
#[derive(Debug, Serialize)]
pub(super) struct Booleans {
    pub(super) no: String,
    pub(super) yes: String,
}
