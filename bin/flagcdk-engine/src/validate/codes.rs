//! The stable names of findings.

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal;)*) => {
        $($(#[doc = $doc])+ pub(super) const $name: &str = concat!("validate::", $code);)*

        /// Every code that [`validate`](crate::validate::validate) may give, with one line on what it means.
        pub const CODES: &[(&str, &str)] = &[$(($name, concat!($($doc),+).trim_ascii())),*];
    };
}

codes! {
    /// A property or condition combines what excludes, or lacks what requires, each other.
    BAD_COMBINATION = "bad-combination";
    /// A function has arguments of a wrong number or form, or stands where CloudFormation does not allow it.
    BAD_FUNCTION = "bad-function";
    /// A logical id, parameter, mapping or output name has characters or a length that CloudFormation refuses.
    BAD_LOGICAL_ID = "bad-logical-id";
    /// A stack's name or id does not fit CloudFormation's pattern.
    BAD_NAME = "bad-name";
    /// A tag of a stack is too long, reserved or one too many.
    BAD_TAG = "bad-tag";
    /// A value is of the right kind, and out of range, of wrong length or none of those allowed.
    BAD_VALUE = "bad-value";
    /// A resource is named in a case in which its condition says that it is not made.
    CONDITIONAL_REFERENCE = "conditional-reference";
    /// Conditions are defined by each other.
    CONDITION_CYCLE = "condition-cycle";
    /// A description has more than 1,024 bytes.
    DESCRIPTION_TOO_LONG = "description-too-long";
    /// Two exports have one name.
    DUPLICATE_EXPORT = "duplicate-export";
    /// An object of a template has one key twice.
    DUPLICATE_KEY = "duplicate-key";
    /// Two stacks have one id or one name.
    DUPLICATE_STACK = "duplicate-stack";
    /// A stack imports what another one exports in other regions only, or later.
    EXPORT_OUT_OF_REACH = "export-out-of-reach";
    /// A name that is unique in the account or in the world is the same in every region.
    FIXED_NAME = "fixed-name";
    /// The global table has no replica in the home region.
    HOME_NOT_REPLICA = "home-not-replica";
    /// A section, resource, parameter or output is not of the form that CloudFormation reads.
    MALFORMED = "malformed";
    /// The template makes something that must be acknowledged by a capability.
    MISSING_CAPABILITY = "missing-capability";
    /// A required property is not set.
    MISSING_PROPERTY = "missing-property";
    /// A text has `${AWS::…}` in it and is not in `Fn::Sub`.
    MISSING_SUB = "missing-sub";
    /// The manifest names a template that the assembly does not have.
    MISSING_TEMPLATE = "missing-template";
    /// A stack in every region has nested stacks, which StackSets do not allow.
    NESTED_STACK = "nested-stack";
    /// A template makes no resource.
    NO_RESOURCES = "no-resources";
    /// A type of resource does not exist in a region of the app.
    NOT_IN_REGION = "not-in-region";
    /// A template is not JSON, or nested too deep.
    NOT_JSON = "not-json";
    /// A type of which there can be one is in a stack of every region.
    ONCE_ONLY = "once-only";
    /// A parameter gets two values.
    PARAMETER_GIVEN_TWICE = "parameter-given-twice";
    /// A parameter has no default and gets no value.
    PARAMETER_WITHOUT_VALUE = "parameter-without-value";
    /// A password or token is written out in a template.
    PLAINTEXT_SECRET = "plaintext-secret";
    /// A property is set that only AWS sets.
    READ_ONLY_PROPERTY = "read-only-property";
    /// The regions of the app are none, doubled, of several partitions or without the home region.
    REGIONS = "regions";
    /// Resources need each other.
    RESOURCE_CYCLE = "resource-cycle";
    /// Stacks need each other.
    STACK_CYCLE = "stack-cycle";
    /// A stack comes before another one that it needs.
    STACK_ORDER = "stack-order";
    /// A template has more bytes than CloudFormation takes.
    TEMPLATE_TOO_LARGE = "template-too-large";
    /// A template has more than 60 dynamic references.
    TOO_MANY_DYNAMIC_REFERENCES = "too-many-dynamic-references";
    /// A template has more than 200 mappings, or a mapping has more than 200 attributes.
    TOO_MANY_MAPPINGS = "too-many-mappings";
    /// A template has more than 200 outputs.
    TOO_MANY_OUTPUTS = "too-many-outputs";
    /// A template has more than 200 parameters.
    TOO_MANY_PARAMETERS = "too-many-parameters";
    /// A template has more than 500 resources.
    TOO_MANY_RESOURCES = "too-many-resources";
    /// A template has a macro, so that its references and properties are not checked.
    UNCHECKED_MACRO = "unchecked-macro";
    /// A type of somebody else's, whose properties are not checked.
    UNCHECKED_TYPE = "unchecked-type";
    /// A stack uses an asset that the manifest does not have.
    UNKNOWN_ASSET = "unknown-asset";
    /// A resource does not have the attribute.
    UNKNOWN_ATTRIBUTE = "unknown-attribute";
    /// No condition has the name.
    UNKNOWN_CONDITION = "unknown-condition";
    /// A stack of the app does not export the name.
    UNKNOWN_EXPORT = "unknown-export";
    /// CloudFormation has no such function.
    UNKNOWN_FUNCTION = "unknown-function";
    /// No mapping has the name or the key.
    UNKNOWN_MAPPING = "unknown-mapping";
    /// A stack has no such output.
    UNKNOWN_OUTPUT = "unknown-output";
    /// A template has no such parameter.
    UNKNOWN_PARAMETER = "unknown-parameter";
    /// A type has no such property.
    UNKNOWN_PROPERTY = "unknown-property";
    /// The template has no resource, parameter or variable of the name.
    UNKNOWN_REFERENCE = "unknown-reference";
    /// Templates or resources do not have such a section or attribute.
    UNKNOWN_SECTION = "unknown-section";
    /// The manifest has no such stack.
    UNKNOWN_STACK = "unknown-stack";
    /// CloudFormation has no such type of resource.
    UNKNOWN_TYPE = "unknown-type";
    /// A value has more bytes than CloudFormation takes.
    VALUE_TOO_LONG = "value-too-long";
    /// A wire begins at a stack that exists in every region.
    WIRE_FROM_EVERY_REGION = "wire-from-every-region";
    /// A value is of another kind than the property.
    WRONG_TYPE = "wrong-type";
}
