// Makes the requests that ops/bench sends, ready to be written to a socket, each behind its length (see load.c), on standard output.
//
//   requests notify md5 FIRST COUNT TENANTS PREFIX        Alipay's notifications, signed with each tenant's key
//   requests notify rsa:KEY FIRST COUNT TENANTS PREFIX    the same, signed with the private key in the file KEY
//   requests create FIRST COUNT TENANTS PREFIX            a merchant's POST /v1/payments
//
// Number n, from FIRST on, is of the tenant `shop-(n mod TENANTS)` and its order `PREFIX-n`, of 120.50 yuan. What a tenant has is
// made of its number, here and in gateway.py: the MD5 key and the partner's digits, and the API key.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 32, VALUE_BYTES = 512, TEXT_BYTES = 8192, SIGNATURE_BYTES = 512 };

struct field {
    const char *name;
    char value[VALUE_BYTES];
};

static struct field fields[FIELDS_MAX];
static size_t field_count;
static EVP_PKEY *key;
static EVP_MD_CTX *context;

static void check(int fine, const char *what) {
    if (fine) return;
    fprintf(stderr, "requests: %s\n", what);
    exit(1);
}

static char *add(const char *name, const char *value) {
    check(field_count < FIELDS_MAX && strlen(value) < VALUE_BYTES, "a field too many or too long");
    struct field *field = &fields[field_count++];
    field->name = name;
    memcpy(field->value, value, strlen(value) + 1);
    return field->value;
}

static int compare(const void *a, const void *b) {
    return strcmp(((const struct field *)a)->name, ((const struct field *)b)->name);
}

static size_t put(char *out, size_t at, const char *text) {
    size_t length = strlen(text);
    check(at + length < TEXT_BYTES, "a request is too long");
    memcpy(out + at, text, length);
    return at + length;
}

static size_t put_encoded(char *out, size_t at, const char *text) {
    static const char digits[] = "0123456789ABCDEF";
    for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++) {
        check(at + 3 < TEXT_BYTES, "a request is too long");
        int is_plain = (*byte >= '0' && *byte <= '9') || (*byte >= 'A' && *byte <= 'Z') || (*byte >= 'a' && *byte <= 'z')
            || strchr("-._*", *byte);
        if (is_plain) {
            out[at++] = (char)*byte;
        } else if (*byte == ' ') {
            out[at++] = '+';
        } else {
            out[at++] = '%';
            out[at++] = digits[*byte >> 4];
            out[at++] = digits[*byte & 15];
        }
    }
    return at;
}

// Signs all fields but `sign_type`, which stands last.
static void sign(unsigned long tenant, char *signature) {
    char text[TEXT_BYTES];
    size_t count = 0;
    qsort(fields, field_count - 1, sizeof *fields, compare);
    for (size_t i = 0; i + 1 < field_count; i++) {
        if (i > 0) count = put(text, count, "&");
        count = put(text, count, fields[i].name);
        count = put(text, count, "=");
        count = put(text, count, fields[i].value);
    }
    unsigned char bytes[SIGNATURE_BYTES];
    size_t signature_bytes = sizeof bytes;
    if (key) {
        check(EVP_DigestSignInit(context, NULL, EVP_sha1(), NULL, key) == 1, "EVP_DigestSignInit");
        check(EVP_DigestSign(context, bytes, &signature_bytes, (unsigned char *)text, count) == 1, "EVP_DigestSign");
        check(EVP_EncodeBlock((unsigned char *)signature, bytes, (int)signature_bytes) > 0, "EVP_EncodeBlock");
        return;
    }
    char digits[33];
    snprintf(digits, sizeof digits, "%032lu", tenant);
    count = put(text, count, digits);
    unsigned digest_bytes = 0;
    check(EVP_Digest(text, count, bytes, &digest_bytes, EVP_md5(), NULL) == 1, "EVP_Digest");
    for (unsigned i = 0; i < digest_bytes; i++) snprintf(signature + 2 * i, 3, "%02x", bytes[i]);
}

static void write_request(const char *head, const char *body, size_t body_bytes) {
    char whole[2 * TEXT_BYTES];
    int head_bytes = snprintf(whole, sizeof whole, "%sHost: 127.0.0.1\r\nContent-Length: %zu\r\n\r\n", head, body_bytes);
    check(head_bytes > 0 && (size_t)head_bytes + body_bytes < sizeof whole, "a request is too long");
    memcpy(whole + head_bytes, body, body_bytes);
    uint32_t length = (uint32_t)head_bytes + (uint32_t)body_bytes;
    check(fwrite(&length, sizeof length, 1, stdout) == 1 && fwrite(whole, length, 1, stdout) == 1, "cannot write");
}

static void notify(unsigned long number, unsigned long tenants, const char *prefix) {
    unsigned long tenant = number % tenants;
    char body[TEXT_BYTES], signature[2 * SIGNATURE_BYTES], head[256];
    field_count = 0;
    add("discount", "0.00");
    add("payment_type", "1");
    add("subject", "三体 (1-3), 刘慈欣, 精装本");
    snprintf(add("trade_no", ""), VALUE_BYTES, "20150407%020lu", number);
    add("buyer_email", "buyer@mail.example");
    add("gmt_create", "2015-04-07 10:15:20");
    add("notify_type", "trade_status_sync");
    add("quantity", "1");
    snprintf(add("out_trade_no", ""), VALUE_BYTES, "%s-%lu", prefix, number);
    snprintf(add("seller_id", ""), VALUE_BYTES, "2088%012lu", tenant);
    add("notify_time", "2015-04-07 10:15:32");
    add("body", "Three volumes, hard cover; leave them at the door");
    add("trade_status", "TRADE_SUCCESS");
    add("is_total_fee_adjust", "N");
    add("total_fee", "120.50");
    add("gmt_payment", "2015-04-07 10:15:31");
    add("seller_email", "sales@shop.example");
    add("price", "120.50");
    add("buyer_id", "2088002007018916");
    snprintf(add("notify_id", ""), VALUE_BYTES, "%s%030lu", prefix, number);
    add("use_coupon", "N");
    add("extra_common_param", "till web-7");
    add("out_channel_type", "BALANCE");
    add("sign_type", key ? "RSA" : "MD5");
    sign(tenant, signature);
    size_t count = 0;
    for (size_t i = 0; i < field_count; i++) {
        count = put(body, count, fields[i].name);
        count = put(body, count, "=");
        count = put_encoded(body, count, fields[i].value);
        count = put(body, count, "&");
    }
    count = put(body, count, "sign=");
    count = put_encoded(body, count, signature);
    snprintf(head, sizeof head,
        "POST /notify/shop-%lu HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded; text/html; charset=utf-8\r\n"
        "User-Agent: Mozilla/4.0\r\n",
        tenant);
    write_request(head, body, count);
}

static void create(unsigned long number, unsigned long tenants, const char *prefix) {
    char body[TEXT_BYTES], head[256];
    int count = snprintf(body, sizeof body,
        "{\"merchant_reference\":\"%s-%lu\",\"amount\":12050,\"currency\":\"CNY\",\"subject\":\"三体 (1-3), 刘慈欣, 精装本\","
        "\"channel\":\"web\",\"settlement\":\"instant\",\"return_url\":\"https://www.bookshop.example/orders/%lu/thanks\","
        "\"buyer\":{\"ip\":\"203.0.113.7\"},\"metadata\":{\"basket\":\"b-%lu\",\"till\":\"web-7\"}}",
        prefix, number, number, number);
    snprintf(head, sizeof head,
        "POST /v1/payments HTTP/1.1\r\nContent-Type: application/json\r\nAccept: application/json\r\nUser-Agent: shop/1.0\r\n"
        "Authorization: Bearer sk_bench_%06lu\r\n",
        number % tenants);
    write_request(head, body, (size_t)count);
}

static void read_key(const char *path) {
    FILE *file = fopen(path, "r");
    check(file != NULL, "cannot open the key");
    key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    check(key != NULL && fclose(file) == 0, "cannot read the key");
    context = EVP_MD_CTX_new();
    check(context != NULL, "EVP_MD_CTX_new");
}

int main(int count, char **words) {
    int is_notify = count == 7 && strcmp(words[1], "notify") == 0, is_create = count == 6 && strcmp(words[1], "create") == 0;
    if (!is_notify && !is_create) {
        fprintf(stderr, "usage: requests (notify md5 | notify rsa:KEY | create) FIRST COUNT TENANTS PREFIX\n");
        return 2;
    }
    if (is_notify && strncmp(words[2], "rsa:", 4) == 0) read_key(words[2] + 4);
    char **numbers = words + (is_notify ? 3 : 2);
    unsigned long first = strtoul(numbers[0], NULL, 10), wanted = strtoul(numbers[1], NULL, 10);
    unsigned long tenants = strtoul(numbers[2], NULL, 10);
    check(tenants > 0, "no tenants");
    for (unsigned long number = first; number < first + wanted; number++) {
        if (is_notify) notify(number, tenants, numbers[3]);
        else create(number, tenants, numbers[3]);
    }
    check(fflush(stdout) == 0, "cannot write");
    return 0;
}
