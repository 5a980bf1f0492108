/* What is typed into the form of a dataset is kept on this device until it is saved: nothing is lost by a crash, a
 * lost line or a session that ends. Kept by person and dataset, never larger than a form can be. */
this.ckan.module('satudata-keep', function ($) {
  'use strict';

  var WAIT = 400;
  var LARGEST = 1500000;
  var DAYS = 30;  // what nobody came back for in a month is nobody's any more
  // Never kept on a device: secrets and what is not the producer's to say.
  var NEVER = /^(_csrf_token|save|private|state|_ckan_phase|pkg_name|.*_csrf.*)$/;

  return {
    options: { key: '', stored: 'no', kept: '', large: '' },

    initialize: function () {
      $.proxyAll(this, /^_on/);
      this.form = this.el[0].closest('form');
      if (!this.form) { return; }
      this.form.addEventListener('input', this._onInput);
      $(this.form).on('change', this._onInput);
      this.form.addEventListener('satudata:sent', this._onSent);
      this.form.addEventListener('satudata:saved', this._onSaved);
      document.addEventListener('visibilitychange', this._onLeave);
      // Before other modules have touched their fields: what differs now was typed by somebody.
      this.early = window.satudata.early(this.form);
      // After the modules of CKAN and ours have set up their fields.
      setTimeout(this._onReady, 0);
    },

    teardown: function () {
      document.removeEventListener('visibilitychange', this._onLeave);
    },

    _onReady: function () {
      this.initial = this._served();
      this._tidy();
      this._restore();
      // Only now: what is kept from before has been read.
      if (this.early.length) { this._onInput(); }
    },

    /* What the form was opened with, also where somebody was faster than this script. */
    _served: function () {
      var values = this._values();
      var form = this.form;
      this.early.forEach(function (input) {
        var named = Array.prototype.filter.call(form.elements, function (one) { return one.name === input.name; });
        values[input.name] = [].concat.apply([], named.map(window.satudata.served));
        if (!values[input.name].length) { delete values[input.name]; }
      });
      return values;
    },

    _tidy: function () {
      var mine = this.options.key.split(':').slice(0, 2).join(':') + ':';
      try {
        Object.keys(window.localStorage).forEach(function (key) {
          if (key.indexOf(mine) !== 0) { return; }
          var kept = JSON.parse(window.localStorage.getItem(key) || 'null');
          if (!kept || Date.now() - Date.parse(kept.at) > DAYS * 86400000) { window.localStorage.removeItem(key); }
        });
      } catch (error) { /* of another kind, or no memory at all */ }
    },

    _values: function () {
      var values = {};
      new FormData(this.form).forEach(function (value, name) {
        if (NEVER.test(name) || typeof value !== 'string') { return; }
        (values[name] = values[name] || []).push(value);
      });
      return values;
    },

    /* What was typed, without what the form was opened with: that is kept too, so that values put back over
     * somebody else's newer ones are noticed as stale. */
    _typed: function (values) {
      var typed = {};
      Object.keys(values).sort().forEach(function (name) {
        if (!/^satudata_/.test(name)) { typed[name] = values[name]; }
      });
      return JSON.stringify(typed);
    },

    _onInput: function () {
      clearTimeout(this.timer);
      this.timer = setTimeout(this._onKeep, WAIT);
    },

    _onKeep: function () {
      clearTimeout(this.timer);
      this.timer = null;
      var now = new Date();
      if (this._store({ at: now.toISOString(), values: this._values() })) {
        var time = now.toLocaleTimeString(document.documentElement.lang || undefined, { hour: '2-digit', minute: '2-digit' });
        this._say(this.options.kept.replace('{time}', time));
      }
    },

    /* A phone that puts the page away may never wake it again. */
    _onLeave: function () {
      if (document.visibilityState === 'hidden' && this.timer) { this._onKeep(); }
    },

    _onSent: function () {
      // Leaving a field tells of a change too; what it would keep must not undo the mark "sent".
      clearTimeout(this.timer);
      this.timer = null;
      this._store({ at: new Date().toISOString(), values: this._values(), sent: true });
    },

    _onSaved: function () {
      clearTimeout(this.timer);
      this.timer = null;
      this._forget();
    },

    _say: function (text) {
      document.querySelectorAll('[data-satudata-kept]').forEach(function (place) { place.textContent = text; });
    },

    _store: function (kept) {
      if (window.satudata && window.satudata.leaving) { return false; }
      var text = JSON.stringify(kept);
      if (text.length > LARGEST) {
        this._say(this.options.large);
        return false;
      }
      try {
        window.localStorage.setItem(this.options.key, text);
        return true;
      } catch (error) {
        return false;  // private window or full: the form works all the same
      }
    },

    _stored: function () {
      try {
        return JSON.parse(window.localStorage.getItem(this.options.key) || 'null');
      } catch (error) {
        return null;
      }
    },

    _forget: function () {
      try { window.localStorage.removeItem(this.options.key); } catch (error) { /* nothing was kept */ }
    },

    /* Put back what the server does not have: at once in an empty form, on demand over a stored dataset. */
    _restore: function () {
      var kept = this._stored();
      if (!kept || !kept.values || typeof kept.values !== 'object') { return; }
      if (this._typed(kept.values) === this._typed(this.initial)) {
        if (kept.sent && this.options.stored === 'yes') { this._forget(); }
        return;
      }
      // A form that came back with errors shows what was typed already.
      if (kept.sent && this.form.querySelector('.error-explanation')) { return; }
      var self = this;
      var box = this.el[0].querySelector('[data-satudata-restore]');
      // Rows that are put back take the place of those that stand there.
      var rows = this.early.some(function (input) { return input.closest('[data-row]'); });
      var offer = this.options.stored === 'yes' || rows;
      var yes = box.querySelector('[data-satudata-restore-yes]');
      var when = box.querySelector('[data-satudata-restore-when]');
      if (when && kept.at) {
        when.textContent = new Date(kept.at).toLocaleString(document.documentElement.lang || undefined, { dateStyle: 'long', timeStyle: 'short' });
      }
      box.hidden = false;
      box.querySelector('[data-satudata-restore-' + (offer ? 'offer' : 'done') + ']').hidden = false;
      yes.hidden = !offer;
      yes.addEventListener('click', function () {
        self._put(kept.values);
        box.hidden = true;
      });
      box.querySelector('[data-satudata-restore-no]').addEventListener('click', function () {
        self._forget();
        if (!offer) { self._put(self.initial); self._onSaved(); }
        box.hidden = true;
      });
      if (!offer) { this._put(kept.values, this.early); }
    },

    /* spare: inputs that somebody has typed into since */
    _put: function (values, spare) {
      var form = this.form;
      // Tables of rows make as many as there were before they are filled.
      form.dispatchEvent(new CustomEvent('satudata:put', { detail: values }));
      var inputs = {};
      Array.prototype.forEach.call(form.elements, function (element) {
        if (element.name && !NEVER.test(element.name)) { (inputs[element.name] = inputs[element.name] || []).push(element); }
      });
      Object.keys(inputs).forEach(function (name) {
        var boxes = inputs[name].some(function (input) { return input.type === 'checkbox' || input.type === 'radio'; });
        if (!boxes && !(name in values)) { return; }
        var index = 0;
        inputs[name].forEach(function (input) {
          if (spare && spare.indexOf(input) !== -1) {
            index += 1;
          } else if (input.type === 'checkbox' || input.type === 'radio') {
            input.checked = (values[name] || []).indexOf(input.value) !== -1;
          } else if (input.type !== 'file' && !boxes && values[name][index] !== undefined) {
            input.value = values[name][index];
            index += 1;
            // select2 shows its own copy, in CKAN 2.12 under another name than before.
            if (document.getElementById('s2id_' + input.id) || input.matches('.select2-hidden-accessible')) { $(input).trigger('change'); }
          }
        });
      });
      form.dispatchEvent(new Event('input', { bubbles: true }));
    }
  };
});

/* On a page that is only reached once a new dataset is saved: what was kept for the form of a new one is done with. */
this.ckan.module('satudata-form-saved', function () {
  'use strict';
  return {
    options: { key: '' },
    initialize: function () {
      try {
        var kept = JSON.parse(window.localStorage.getItem(this.options.key) || 'null');
        if (kept && kept.sent) { window.localStorage.removeItem(this.options.key); }
      } catch (error) { /* nothing was kept */ }
    }
  };
});
