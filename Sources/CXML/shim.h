#pragma once
// Debian's libxml2 is built with ICU, whose headers clash with the ICU inside Foundation wherever both are imported.
// They describe only the inside of xmlCharEncodingHandler, which nothing here touches.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/xmlreader.h>
