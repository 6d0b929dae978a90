#pragma once
// JSON without allocation: a strict pull reader, views of the values in a checked text, a writer.

#include <kedge/json_reader.hpp>
#include <kedge/json_text.hpp>
#include <kedge/json_value.hpp>
#include <kedge/json_writer.hpp>
